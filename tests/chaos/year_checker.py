"""An independent judge of what vendors have: from prices, terms and Stripe's lists, by arithmetic of its own.

It shares no code with Travellr. Of the log it takes what was agreed and done (prices, terms, who cancelled when, what
an operator gave back), never a share, a line or a posting; of Stripe its own lists; of Travellr the balances that its
API shows. What cannot be told apart so is not in the plan:
nobody contests a trip that was given back for another reason.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.money_checker import Doc, Event

Purse = tuple[str, str]  # A vendor and a currency.
ALL_BP = 10_000
# Stripe moves no single fils (docs.stripe.com/currencies): what goes back is rounded up, in the traveller's favour.
STEPS = {"KWD": 10}
_OVER = {
    "booking.completed",
    "booking.no_show_recorded",
    "booking.cancelled",
    "booking.expired",
    "booking.declined",
}
BALANCES = ("pending", "available", "reserved", "in_transit")


@dataclass
class Trip:
    """A booking as it was agreed. `kept_minor` of its price is earned; `back_minor` of that was the vendor's fault."""

    facts: Doc
    price_minor: int
    paid: bool = False
    kept_minor: int = 0
    back_minor: int = 0
    lost: bool = False

    @property
    def purse(self) -> Purse:
        return self.facts["vendor_id"], self.facts["currency"]

    @property
    def vendor_minor(self) -> int:
        """What is left for the vendor: its part of what is kept, without its part of what it has to give back."""
        return 0 if self.lost else self._part(self.kept_minor) - self._part(min(self.back_minor, self.kept_minor))

    def _part(self, minor: int) -> int:
        return minor - minor * int(self.facts["commission_bp"]) // ALL_BP

    def refund_minor(self, of_minor: int, event: Event) -> int:
        """What a cancellation at the time of this event gives back of an amount, by the terms as they were agreed."""
        terms, at = self.facts["terms"], _instant(event.facts["timestamp"])
        if event.facts["by"] != "traveller" or (terms["grace"] and at <= _instant(terms["grace"]["until"])):
            return of_minor
        for deadline in terms["deadlines"]:
            if at <= _instant(deadline["until"]):
                return self._sent(of_minor, int(deadline["refund_bp"]), int(terms["fee_minor"]))
        return 0

    def no_show_minor(self) -> int:
        """What goes back to one who did not come."""
        return self._sent(self.price_minor, int(self.facts["terms"]["no_show_bp"]))

    def _sent(self, of_minor: int, basis_points: int, fee_minor: int = 0) -> int:
        step = STEPS.get(self.facts["currency"], 1)
        return -(-max(0, of_minor * basis_points // ALL_BP - fee_minor) // step) * step


@dataclass
class Stripe:
    """`accounts` are vendors by account, `arrived` what is with the bank of an account, by currency."""

    accounts: dict[str, str] = field(default_factory=dict)
    transfers: list[Doc] = field(default_factory=list)
    disputes: list[Doc] = field(default_factory=list)
    arrived: dict[Purse, int] = field(default_factory=dict)


def check(events: list[Event], stripe: Stripe, balances: dict[Purse, dict[str, int]]) -> list[str]:
    """Everything that is wrong, a sentence each. `balances` are amounts in minor units by the names of the API."""
    owed = what_vendors_earned(events, stripe)
    return [*_vendors(owed, balances), *_transfers(events, stripe), *_banks(stripe, balances)]


def _vendors(owed: dict[Purse, int], balances: dict[Purse, dict[str, int]]) -> Iterator[str]:
    """Paid out and still here are, together, what was earned less what was clawed back."""
    for purse in sorted(owed.keys() | balances.keys()):
        has = balances.get(purse, {})
        total = sum(has.get(name, 0) for name in (*BALANCES, "paid_out"))
        if total != owed.get(purse, 0):
            yield f"vendor {purse} has earned {owed.get(purse, 0)}, and got or has {total}: {has}"


def _transfers(events: list[Event], stripe: Stripe) -> Iterator[str]:
    """Each payout has moved at Stripe what the log says, to this vendor's account, and nothing else was moved."""
    ours: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    whose = {e.stream: (e.facts["vendor_id"], e.facts["currency"]) for e in events if e.topic == "payout.drafted"}
    for event in events:
        if event.topic in {"payout.transferred", "payout.transfer_reversed"}:
            ours[event.stream][event.topic == "payout.transfer_reversed"] += event.facts["amount_minor"]
    theirs: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for transfer in stripe.transfers:
        payout = transfer["metadata"]["payout_id"]
        theirs[payout][0] += transfer["amount"]
        theirs[payout][1] += transfer["amount_reversed"]
        purse = stripe.accounts[transfer["destination"]], transfer["currency"].upper()
        if whose.get(payout) != purse:
            yield f"transfer {transfer['id']} went to {purse}, and is of {whose.get(payout)}"
    for payout in sorted(ours.keys() | theirs.keys()):
        if ours[payout] != theirs[payout]:
            yield f"payout {payout}: transferred and taken back {ours[payout]} in the log, {theirs[payout]} at Stripe"


def _banks(stripe: Stripe, balances: dict[Purse, dict[str, int]]) -> Iterator[str]:
    for purse in sorted(stripe.arrived.keys() | balances.keys()):
        arrived, said = stripe.arrived.get(purse, 0), balances.get(purse, {}).get("paid_out", 0)
        if arrived != said:
            yield f"vendor {purse} was paid {arrived} by Stripe, and {said} by our books"


def what_vendors_earned(events: Iterable[Event], stripe: Stripe) -> dict[Purse, int]:
    """Less what they had to give back, in minor units."""
    trips: dict[str, Trip] = {}
    bookings: dict[str, str] = {}  # By charge.
    earned: dict[Purse, int] = defaultdict(int)
    for event in events:
        facts = event.facts
        if event.topic == "payment.captured":
            bookings[facts["charge_id"]] = facts["booking_id"]
        elif event.topic == "adjustment.approved":
            earned[facts["vendor_id"], facts["currency"]] += facts["amount_minor"]
        elif event.topic == "payment.refund_requested":
            trip = trips[facts["booking_id"]]
            # While it was not over, the terms decided; afterwards an operator.
            if trip.price_minor == 0 and trip.kept_minor and facts["at_fault"] == "vendor":
                trip.back_minor += facts["amount_minor"]
        else:
            _follow(trips, event)
    for dispute in stripe.disputes:
        if dispute["status"] == "lost" and dispute["charge"] in bookings:
            trips[bookings[dispute["charge"]]].lost = True
    for trip in trips.values():
        earned[trip.purse] += trip.vendor_minor
    return dict(earned)


def _follow(trips: dict[str, Trip], event: Event) -> None:
    """What became of a booking; a price of 0 is one that is earned or given back, all of it."""
    facts = event.facts
    if event.topic == "booking.held":
        trips[event.stream] = Trip(facts, facts["price_minor"])
    elif event.stream in trips:
        trip = trips[event.stream]
        trip.paid = trip.paid or event.topic in {"booking.confirmed", "booking.paid"}
        if event.topic in {"booking.part_cancelled", "booking.reduced"}:
            _goes_on(trip, event)
        elif event.topic in _OVER:
            _is_over(trip, event)


def _goes_on(trip: Trip, event: Event) -> None:
    """For less; what was taken off the price is kept by the terms, unless an operator gave it back."""
    if event.topic == "booking.part_cancelled":
        part_minor = trip.price_minor - event.facts["price_minor"]
        trip.kept_minor += part_minor - trip.refund_minor(part_minor, event)
    trip.price_minor = event.facts["price_minor"]


def _is_over(trip: Trip, event: Event) -> None:
    match event.topic:
        case "booking.completed":
            back_minor = 0
        case "booking.no_show_recorded":
            back_minor = trip.no_show_minor()
        case "booking.cancelled" if trip.paid:
            back_minor = trip.refund_minor(trip.price_minor, event)
        case _:
            back_minor = trip.price_minor
    trip.kept_minor += trip.price_minor - back_minor
    trip.price_minor = 0


def _instant(text: Any) -> datetime:
    return datetime.fromisoformat(text)
