"""A year of a small marketplace: a boat trip every month, paid in every way there is, disputed, refunded, paid out.

What Stripe says of it by webhook is delivered when and as often as `Postman` likes; the tasks look at Stripe by
themselves as well, and sometimes lose its answers.
"""

import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import stripe

from api.app import create_app
from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.open_departures import OpenDepartures
from commands.payout_run import StartPayoutRun
from commands.release_earnings import ReleaseEarnings
from commands.send_evidence import SendEvidence
from commands.vendor_settings import RequestPayoutAccount
from domain.capacity import Cell
from infrastructure.blocking import LoopThread
from infrastructure.settings import Settings
from infrastructure.stripe_disputes import evidence_place
from tests.integration.journey import DAY, Journey
from tests.integration.servers import StripeSandbox, eventually
from tests.integration.world import World

SECRET: Final = "whsec_of_the_year"
MONTHS: Final = 12
# How the trip of a month is paid for, and what becomes of it.
WAYS: Final = (
    ("pm_card_visa", "kept"),
    ("pm_card_visa", "cancelled"),
    ("pm_card_createDispute", "winning_evidence"),
    ("pm_card_refundFail", "cancelled"),
    ("pm_card_createDispute", "losing_evidence"),
    ("pm_card_pendingRefund", "cancelled"),
)
LOST_ANSWERS_MAX: Final = 3


class Letterbox:
    """The webhook endpoint of the real application, asked from outside its event loop."""

    def __init__(self, settings: Settings) -> None:
        self._loop = LoopThread()
        self._app = create_app(settings)
        self._lifespan = self._app.router.lifespan_context(self._app)
        self._loop.run(self._lifespan.__aenter__())
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://travellr.test")

    def put(self, payload: str, signature: str) -> None:
        headers = {"Stripe-Signature": signature}
        posted = self._client.post("/api/v1/webhooks/stripe", content=payload, headers=headers)
        answer = self._loop.run(posted)
        assert answer.status_code == 200, answer.text

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.run(self._lifespan.__aexit__(None, None, None))
        self._loop.close()


@dataclass
class Postman:
    """Delivers what has happened at Stripe since the last time, and some of what he has delivered before.

    Without `random` he is honest: everything once, in order.
    """

    sandbox: StripeSandbox
    letterbox: Letterbox
    random: Random | None
    known: list[Any] = field(default_factory=list)
    delivered: int = 0
    _seen: dict[str | None, str] = field(default_factory=dict)

    def begin(self) -> None:
        """What was there before the story is somebody else's."""
        newest = self.sandbox.ask("GET", "/v1/events", params={"limit": 1})["data"]
        if newest:
            self._seen[None] = newest[0]["id"]

    def deliver(self, accounts: tuple[str, ...], *, again: bool) -> None:
        """With `again`, a quarter of what was delivered before comes once more."""
        fresh = [event for account in (None, *accounts) for event in self._fresh(account)]
        if self.random is None:
            letters = fresh
        else:
            old = self.random.sample(self.known, k=len(self.known) // 4) if again else []
            letters = [event for event in (*fresh, *old) for _ in range(self.random.randint(1, 5))]
            self.random.shuffle(letters)
        self.known += fresh
        for event in letters:
            self._post(event)

    def _fresh(self, account: str | None) -> list[Any]:
        """The events of ours, or of a connected account, that are new; oldest first."""
        headers = {"Stripe-Account": account} if account else {}
        after = {"ending_before": self._seen[account]} if account in self._seen else {}
        page = self.sandbox.ask("GET", "/v1/events", params={"limit": 100, **after}, headers=headers)
        assert not page["has_more"]
        if page["data"]:
            self._seen[account] = page["data"][0]["id"]
        return [{**event, "account": account} if account else event for event in reversed(page["data"])]

    def _post(self, event: Any) -> None:
        payload = json.dumps(event)
        signed = stripe.WebhookSignature.generate_signature_header(payload, SECRET, timestamp=int(time.time()))
        self.letterbox.put(payload, signed)
        self.delivered += 1


@dataclass
class Year:
    """`labels` name the bookings in the order in which they were made, the same in every telling."""

    world: World
    sandbox: StripeSandbox
    postman: Postman
    random: Random | None
    labels: dict[UUID, str] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()

    def tell(self) -> None:
        journey = Journey(self.world)
        self.world.do(RequestPayoutAccount(), journey.vendor)
        self._quiet()
        (account,) = self.world.row("SELECT stripe_account_id FROM read.vendor")
        self.accounts = (account,)
        self.labels[journey.vendor_id] = "the vendor"
        for month in range(MONTHS):
            self._month(journey, month)

    def _month(self, journey: Journey, month: int) -> None:
        """One trip, paid for in the way of this month, and a payout run."""
        world = self.world
        journey.starts_at = world.now() + 20 * DAY
        cell = Cell(journey.starts_at, journey.starts_at + timedelta(hours=4), 10)
        world.do(OpenDepartures(uuid4(), journey.listing_id, (cell,)), journey.vendor)
        method, fate = WAYS[month % len(WAYS)]
        booking_id = self._paid(journey, f"{month} {method} {fate}", method)
        if fate == "cancelled":
            world.do(CancelBooking(booking_id, "rain"), journey.vendor)
            self._quiet()
        elif fate != "kept":
            self.sandbox.dispute_of(str(journey.payment_ids[booking_id]))
            self._quiet()
            self._decide(booking_id, fate)
        world.travel(journey.starts_at + timedelta(hours=5))
        if fate in {"kept", "winning_evidence"}:
            world.do(CompleteBooking(booking_id))
        world.travel(journey.starts_at + 3 * DAY)
        world.do(ReleaseEarnings(journey.vendor_id, journey.currency))
        world.travel(world.now() + 8 * DAY)
        world.do(StartPayoutRun("weekly", "UTC"))
        self._quiet()

    def _paid(self, journey: Journey, label: str, method: str) -> UUID:
        if self.random is not None:
            times = self.random.randint(0, LOST_ANSWERS_MAX)
            if times:
                self.sandbox.fault("lose_answer", method="POST", path="/v1/payment_intents*", times=times)
        booking_id = journey.paying(method=method)
        self.labels[booking_id] = label
        self._quiet()
        assert self.world.row("SELECT status FROM read.booking WHERE booking_id = %s", booking_id) == ("confirmed",)
        return booking_id

    def _decide(self, booking_id: UUID, text: str) -> None:
        world = self.world
        query = "SELECT dispute_id, traveller_id FROM read.dispute JOIN read.booking USING (booking_id)"
        dispute_id, traveller_id = world.row(query + " WHERE booking_id = %s", booking_id)
        vault = world.hands.container.vault
        key, wrapped = vault.new_key(traveller_id)
        world.own.execute("UPDATE people.identity SET wrapped_key = %s WHERE account_id = %s", (wrapped, traveller_id))
        world.do(SendEvidence(dispute_id, vault.seal(key, evidence_place(dispute_id), text)))
        self._quiet()

    def _quiet(self) -> None:
        """Everybody has heard of everything, and nothing is left to do."""
        self.postman.deliver(self.accounts, again=True)

        def settled() -> bool:
            self.postman.deliver(self.accounts, again=False)
            self.world.settle()
            self.world.hurry()
            left = self.world.rows(
                "SELECT 1 FROM board.task WHERE state NOT IN ('done', 'parked') AND kind NOT IN ('mail', 'message')"
            )
            return not left and self._at_rest()

        eventually(settled, 30.0)

    def _at_rest(self) -> bool:
        """Stripe has no refund of ours under way."""
        listed = self.sandbox.ask("GET", "/v1/refunds", params={"limit": 100})["data"]
        ours = {str(booking_id) for booking_id in self.labels}
        pending = [refund for refund in listed if refund["status"] == "pending"]
        booking_of = self.world.row("SELECT coalesce(json_object_agg(payment_id, booking_id), '{}') FROM read.payment")[
            0
        ]
        return not any(booking_of.get(refund["metadata"].get("payment_id")) in ours for refund in pending)

    def books(self) -> dict[str, int]:
        """Every account of every booking, and what belongs to no booking by its vendor."""
        rows = self.world.rows(
            "SELECT booking_id, vendor_id, account, currency, sum(debit_minor - credit_minor)::bigint"
            " FROM read.journal GROUP BY 1, 2, 3, 4 HAVING sum(debit_minor) <> sum(credit_minor)"
        )
        named = {
            f"{self.labels[booking_id or vendor_id]}: {account} {currency}": minor
            for booking_id, vendor_id, account, currency, minor in rows
        }
        return dict(sorted(named.items()))


def hash_of(books: dict[str, int]) -> str:
    return hashlib.sha256(json.dumps(books, sort_keys=True).encode()).hexdigest()
