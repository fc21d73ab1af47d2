"""An independent judge of the money: it reads the event table and Stripe's side, and shares no code with Travellr.

    python tests/chaos/money_checker.py DATABASE_URL SANDBOX_URL

prints what is wrong, and ends with 1 if anything is. It knows stored events and Stripe's API, nothing of our rules.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

Doc = dict[str, Any]
KEY = "sk_test_checker"
PAGE = 100
ENDED_WITHOUT_EFFECT = {"failed", "canceled"}


@dataclass(frozen=True)
class Event:
    position: int
    stream: str
    version: int
    topic: str
    facts: Doc


@dataclass
class Stripe:
    """What Stripe's API lists: charges that were captured, refunds, transfers, balance transactions and disputes."""

    charges: list[Doc] = field(default_factory=list)
    refunds: list[Doc] = field(default_factory=list)
    transfers: list[Doc] = field(default_factory=list)
    entries: list[Doc] = field(default_factory=list)
    disputes: list[Doc] = field(default_factory=list)


@dataclass
class Book:
    """A booking as its events tell it; `kept_minor` must stay of what was paid for it, `disputed_minor` banks took."""

    price_minor: int = 0
    retained_minor: int = 0
    lives: bool = False
    given_back_minor: int = 0
    disputed_minor: int = 0

    @property
    def kept_minor(self) -> int:
        left_minor = self.retained_minor - self.given_back_minor - self.disputed_minor
        return left_minor + (self.price_minor if self.lives else 0)


def check(events: list[Event], stripe: Stripe) -> list[str]:
    """Everything that is wrong, a sentence each."""
    return [
        *_gaps(events),
        *_charged_once(events, stripe),
        *_refunded_once(events, stripe),
        *_transferred_once(events, stripe),
        *_disputes_end_as_the_bank_says(events, stripe),
        *_bookings_keep_what_they_should(events, stripe),
        *_clearing(events),
        *_balance(events, stripe),
    ]


def _gaps(events: list[Event]) -> Iterator[str]:
    """Positions and stream versions count from 1 without a gap: no event was lost."""
    versions: dict[str, list[int]] = defaultdict(list)
    for event in events:
        versions[event.stream].append(event.version)
    if [event.position for event in events] != list(range(1, len(events) + 1)):
        yield "the positions of the log have a gap"
    for stream, found in versions.items():
        if found != list(range(1, len(found) + 1)):
            yield f"stream {stream} has the versions {found}"


def _charged_once(events: list[Event], stripe: Stripe) -> Iterator[str]:
    """Every charge is one that was asked for, once, to the cent; and the log knows of each, and of no other."""
    asked = {e.stream: e.facts for e in events if e.topic == "payment.requested"}
    known = {e.stream: e.facts for e in events if e.topic == "payment.captured"}
    taken: dict[str, list[Doc]] = defaultdict(list)
    for charge in stripe.charges:
        taken[_metadata(charge, "payment_id")].append(charge)
    for payment, charges in taken.items():
        if len(charges) > 1:
            yield f"payment {payment} was charged {len(charges)} times: {[c['id'] for c in charges]}"
        if payment not in asked:
            yield f"charge {charges[0]['id']} was made for payment {payment!r}, which nobody asked for"
            continue
        amount, currency = charges[0]["amount_captured"], charges[0]["currency"].upper()
        if (amount, currency) != (asked[payment]["amount_minor"], asked[payment]["currency"]):
            yield f"payment {payment} asked for {asked[payment]['amount_minor']}, Stripe took {amount} {currency}"
        if payment not in known:
            yield f"payment {payment} was charged, and the log does not know"
        elif (known[payment]["amount_minor"], known[payment]["charge_id"]) != (amount, charges[0]["id"]):
            yield f"payment {payment}: the log says {known[payment]}, Stripe {charges[0]['id']} of {amount}"
    for payment in known.keys() - taken.keys():
        yield f"payment {payment} is captured in the log, and Stripe never charged it"


def _refunded_once(events: list[Event], stripe: Stripe) -> Iterator[str]:
    """Every refund that is owed was made once, to the cent; Stripe made no other."""
    owed = {e.facts["refund_id"]: e.facts for e in events if e.topic == "payment.refund_requested"}
    done = {e.facts["refund_id"] for e in events if e.topic == "payment.refund_succeeded"}
    ended = {"payment.refund_failed", "payment.refund_overtaken"}
    failed = {e.facts["refund_id"] for e in events if e.topic in ended}
    made: dict[str, list[Doc]] = defaultdict(list)
    for refund in stripe.refunds:
        if refund["status"] not in ENDED_WITHOUT_EFFECT:
            made[_metadata(refund, "refund_id")].append(refund)
    for refund_id, facts in owed.items():
        refunds = made.pop(refund_id, [])
        if not refunds and refund_id not in failed:
            yield f"refund {refund_id} of {facts['amount_minor']} was never made"
        if len(refunds) > 1:
            yield f"refund {refund_id} was made {len(refunds)} times"
        for refund in refunds:
            if refund["amount"] != facts["amount_minor"]:
                yield f"refund {refund_id} is {facts['amount_minor']} in the log and {refund['amount']} at Stripe"
            if refund["status"] == "succeeded" and refund_id not in done:
                yield f"refund {refund_id} has succeeded, and the log does not know"
    for refund_id, refunds in made.items():
        yield f"refund {refunds[0]['id']} ({refund_id!r}) was made at Stripe, and is owed to nobody"


def _transferred_once(events: list[Event], stripe: Stripe) -> Iterator[str]:
    """Every transfer is one payout's, once and to the cent."""
    drafted = {e.stream: e.facts["amount_minor"] for e in events if e.topic == "payout.drafted"}
    made: dict[str, list[int]] = defaultdict(list)
    for transfer in stripe.transfers:
        made[_metadata(transfer, "payout_id")].append(transfer["amount"])
    for payout, amounts in made.items():
        if amounts != [drafted.get(payout)]:
            yield f"payout {payout} of {drafted.get(payout)} was transferred as {amounts}"


def _disputes_end_as_the_bank_says(events: list[Event], stripe: Stripe) -> Iterator[str]:
    """Every dispute is in the log, and stands there as it does at Stripe."""
    ours = {e.facts["stripe_dispute_id"]: e.stream for e in events if e.topic == "dispute.opened"}
    ends = {"opened": "needs_response", "won": "won", "lost": "lost", "reopened": "needs_response"}
    last = {e.stream: ends[e.topic[8:]] for e in events if e.topic[:8] == "dispute." and e.topic[8:] in ends}
    for dispute in stripe.disputes:
        if (said := last.get(ours.get(dispute["id"], ""), "nothing")) != dispute["status"]:
            yield f"dispute {dispute['id']} is {dispute['status']} at Stripe, and the log says {said}"


def _bookings_keep_what_they_should(events: list[Event], stripe: Stripe) -> Iterator[str]:
    """What Stripe took less what it gave back is, for each booking, what its price and its terms say is kept."""
    books = _books(events)
    net: dict[str, int] = defaultdict(int)
    booking_of = {e.stream: e.facts["booking_id"] for e in events if e.topic == "payment.requested"}
    for charge in stripe.charges:
        net[booking_of.get(_metadata(charge, "payment_id"), "")] += charge["amount_captured"]
    for refund in stripe.refunds:
        if refund["status"] not in ENDED_WITHOUT_EFFECT:
            net[booking_of.get(_metadata(refund, "payment_id"), "")] -= refund["amount"]
    charged = {charge["id"]: _metadata(charge, "payment_id") for charge in stripe.charges}
    for dispute in stripe.disputes:
        for entry in dispute["balance_transactions"]:
            net[booking_of.get(charged.get(dispute["charge"], ""), "")] += entry["amount"]
    for booking, book in books.items():
        if net[booking] != book.kept_minor:
            yield f"booking {booking} should keep {book.kept_minor} and keeps {net[booking]}"


def _books(events: list[Event]) -> dict[str, Book]:
    books: dict[str, Book] = {}
    for event in events:
        facts = event.facts
        match event.topic:
            case "booking.held":
                books[event.stream] = Book(price_minor=facts["price_minor"])
            case "booking.confirmed" | "booking.paid" | "booking.completed":
                books[event.stream].lives = True
            case "booking.rescheduled" | "booking.part_cancelled" | "booking.contest_ended":
                books[event.stream].price_minor = facts["price_minor"]
                books[event.stream].retained_minor += _retained(facts)
            case "booking.cancelled" | "booking.no_show_recorded" | "booking.expired" | "booking.declined":
                books[event.stream].lives = False
                books[event.stream].retained_minor += _retained(facts)
            case "dispute.withdrawn" | "dispute.won" | "dispute.lost":
                books[facts["booking_id"]].disputed_minor += _disputed(event.topic, facts)
            case "payment.refund_requested":
                # What neither unearned money nor the terms explain: given back of what was earned, or out of goodwill.
                funding = facts["funding"]
                books[facts["booking_id"]].given_back_minor += facts["amount_minor"] - funding["unearned_minor"]
    return books


def _disputed(topic: str, facts: Doc) -> int:
    """What an event of a dispute takes out of our hands; what is lost of the price is not, the price is less for it."""
    if topic == "dispute.withdrawn":
        return int(facts["amount_minor"])
    return -int(facts["withdrawn_minor"] if topic == "dispute.won" else facts["loss"]["unearned_minor"])


def _retained(facts: Doc) -> int:
    outcome = facts.get("outcome") or {}
    return int(outcome.get("vendor_share_minor", 0) + outcome.get("platform_share_minor", 0))


def _clearing(events: list[Event]) -> Iterator[str]:
    """What was expected of Stripe, less what its balance transactions have confirmed: nothing may be left."""
    left: dict[str, int] = defaultdict(int)
    for event in events:
        for currency, minor in _cleared(event.topic, event.facts):
            left[currency] += minor
    for currency, minor in left.items():
        if minor:
            yield f"{minor} {currency} of what was expected of Stripe is not confirmed"


def _cleared(topic: str, facts: Doc) -> Iterator[tuple[str, int]]:
    match topic:
        case "payment.captured":
            yield facts["currency"], facts["amount_minor"]
        case "payment.refund_succeeded" | "payout.transferred":
            yield facts["currency"], -facts["amount_minor"]
        case "payout.transfer_reversed":
            yield facts["currency"], facts["amount_minor"]
        case "payment.refund_failed" if facts["had_succeeded"]:
            yield facts["currency"], facts["amount_minor"]
        case "dispute.withdrawn":
            yield facts["currency"], -facts["amount_minor"] - facts["fee_minor"]
        case "dispute.won" | "dispute.recovered":
            yield facts["currency"], facts["returned_minor"] + facts["fee_returned_minor"]
    for entry in _entries(facts):
        fee_minor = entry["fee_minor"] if topic == "dispute.settled" else 0
        yield entry["currency"], fee_minor - entry["gross_minor"]


def _entries(facts: Doc) -> Iterable[Doc]:
    """The balance transactions that an event tells of."""
    return [facts[name] for name in ("entry", "returned") if facts.get(name)]


def _balance(events: list[Event], stripe: Stripe) -> Iterator[str]:
    """Every balance transaction of Stripe's is in the log once, with the same amounts; and no other is."""
    ours: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for event in events:
        if not event.topic.startswith("stray_entry."):
            for entry in _entries(event.facts):
                ours[entry["balance_transaction_id"]].append((entry["gross_minor"], entry["fee_minor"]))
    theirs = {entry["id"]: (entry["amount"], entry["fee"]) for entry in stripe.entries}
    for reference in sorted(ours.keys() | theirs.keys()):
        said = ours.get(reference, [])
        if said != [theirs.get(reference)]:
            yield f"balance transaction {reference}: the log says {said}, Stripe {theirs.get(reference)}"


def _metadata(doc: Doc, name: str) -> str:
    return str((doc.get("metadata") or {}).get(name, ""))


def read_events(database_url: str) -> list[Event]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT notification_id, originator_id::text, originator_version, topic, convert_from(state, 'UTF8')"
            " FROM log.events ORDER BY notification_id"
        ).fetchall()
    return [Event(at, stream, version, topic, json.loads(state)) for at, stream, version, topic, state in rows]


def read_stripe(sandbox_url: str) -> Stripe:
    with httpx.Client(base_url=sandbox_url, auth=(KEY, ""), timeout=30, trust_env=False) as client:
        charges = [c for c in _listed(client, "charges") if c["captured"] and c["status"] == "succeeded"]
        return Stripe(
            charges,
            list(_listed(client, "refunds")),
            list(_listed(client, "transfers")),
            list(_listed(client, "balance_transactions")),
            list(_listed(client, "disputes")),
        )


def _listed(client: httpx.Client, what: str) -> Iterator[Doc]:
    after: dict[str, str] = {}
    while True:
        page = client.get(f"/v1/{what}", params={"limit": PAGE, **after}).raise_for_status().json()
        yield from page["data"]
        if not page["has_more"]:
            return
        after = {"starting_after": page["data"][-1]["id"]}


def main(database_url: str, sandbox_url: str) -> int:
    wrong = check(read_events(database_url), read_stripe(sandbox_url))
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
