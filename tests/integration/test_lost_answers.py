"""Money moves once, whichever of its calls to Stripe goes wrong and however it goes wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import pytest
import stripe

from commands.answer_request import AcceptBooking
from commands.cancel_booking import CancelBooking
from commands.draft_payout import DraftPayout
from commands.vendor_settings import RequestPayoutAccount
from domain.periods import cutoff_of, last_period_end
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import SANDBOX_KEY, StripeSandbox
from tests.integration.world import World, world_on

# After this Stripe has forgotten the idempotency keys; ours are good for one hour less.
DAY_AND_AN_HOUR_S = 90_000
FORGOTTEN = "lose_answer, and the key is forgotten"
TROUBLES = (
    FORGOTTEN,
    "lose_answer",  # Done, and nobody was told.
    "truncate_answer",  # Done, and half an answer came.
    "error_500_after_commit",  # Done, and the answer says it was not: kept under the key.
    "error_500",  # Not done, and the answer is kept under the key.
    "drop_connection_before",  # Not done.
    "rate_limit",  # Not done.
)
CALLS_MAX = 12


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@dataclass
class Flow:
    """What begins it; the row that says it is over; and what must have happened at Stripe, once."""

    begin: Callable[[], UUID]
    over: LiteralString
    counted: tuple[str, ...]


def each_call_in_turn(world: World, sandbox: StripeSandbox, trouble: str, make: Callable[[], Flow]) -> None:
    """Trouble at the first call of a new flow, then at the second of another, until a flow has no such call."""
    for skip in range(CALLS_MAX):
        flow = make()
        sandbox.fault(trouble.split(",", maxsplit=1)[0], skip=skip)
        subject = flow.begin()
        if trouble == FORGOTTEN:
            world.settle()
            sandbox.control("POST", "/sandbox/clock", advance_seconds=DAY_AND_AN_HOUR_S)
        world.settle_until(flow.over, subject)
        unused = sandbox.control("GET", "/sandbox/faults")["data"]
        sandbox.heal()
        summary = sandbox.summary()
        for counted in flow.counted:
            assert times(summary, counted, subject) == 1, (skip, counted)
        assert world.rows("SELECT kind, last_error FROM board.task WHERE state <> 'done'") == []
        if unused:
            assert skip > 0, "The trouble has met no call at all."
            return
    raise AssertionError("It never ends.")


def times(summary: Any, counted: str, subject: UUID) -> int:
    """How often the sandbox has something with this value in its metadata."""
    count: int = sum(by_value.get(str(subject), 0) for by_value in summary[counted].values())
    return count


@pytest.mark.parametrize("trouble", TROUBLES)
class TestOnce:
    def test_a_card_is_charged(self, world: World, stripe_sandbox: StripeSandbox, trouble: str) -> None:
        journey = Journey(world)

        def begin() -> UUID:
            return journey.payment_ids[journey.paying()]

        over = "SELECT 1 FROM read.payment WHERE payment_id = %s AND status = 'captured'"
        counted = ("payment_intents_by_metadata", "charges_succeeded_by_metadata")
        each_call_in_turn(world, stripe_sandbox, trouble, lambda: Flow(begin, over, counted))
        assert world.rows("SELECT status FROM read.booking WHERE status <> 'confirmed'") == []

    def test_money_that_was_set_aside_is_taken(self, world: World, stripe_sandbox: StripeSandbox, trouble: str) -> None:
        journey = Journey(world, booking_mode="request")

        def make() -> Flow:
            booking_id = journey.paying()
            world.settle()

            def begin() -> UUID:
                world.do(AcceptBooking(booking_id), journey.vendor)
                return journey.payment_ids[booking_id]

            over = "SELECT 1 FROM read.payment WHERE payment_id = %s AND status = 'captured'"
            return Flow(begin, over, ("payment_intents_by_metadata", "charges_succeeded_by_metadata"))

        each_call_in_turn(world, stripe_sandbox, trouble, make)
        assert world.rows("SELECT status FROM read.booking WHERE status <> 'confirmed'") == []
        assert world.clearing() == 0

    def test_a_card_is_refunded(self, world: World, stripe_sandbox: StripeSandbox, trouble: str) -> None:
        journey = Journey(world)

        def make() -> Flow:
            booking_id = journey.paying()
            world.settle()

            def begin() -> UUID:
                world.do(CancelBooking(booking_id, "rain"), journey.vendor)
                return journey.payment_ids[booking_id]

            over = "SELECT 1 FROM read.refund WHERE payment_id = %s AND status = 'succeeded'"
            return Flow(begin, over, ("refunds_by_metadata", "charges_succeeded_by_metadata"))

        each_call_in_turn(world, stripe_sandbox, trouble, make)
        assert world.rows("SELECT refunded_minor FROM read.payment WHERE refunded_minor <> %s", PRICE) == []
        assert world.clearing() == 0

    def test_a_vendor_is_paid(self, world: World, stripe_sandbox: StripeSandbox, trouble: str) -> None:
        """Transfer and bank payout, one after the other."""

        def make() -> Flow:
            journey = Journey(world)
            world.do(RequestPayoutAccount(), journey.vendor)
            booking_id = journey.paying()
            world.settle()
            journey.earned(booking_id)
            period_end = last_period_end("weekly", world.now().date() + 7 * DAY)
            world.travel(cutoff_of(period_end, "UTC"))

            def begin() -> UUID:
                cutoff = cutoff_of(period_end, "UTC")
                payout = world.do(DraftPayout(journey.vendor_id, "EUR", "weekly", period_end, cutoff))
                payout_id: UUID = payout.id
                return payout_id

            over = "SELECT 1 FROM read.payout WHERE payout_id = %s AND status = 'paid'"
            return Flow(begin, over, ("transfers_by_metadata", "payouts_by_metadata"))

        each_call_in_turn(world, stripe_sandbox, trouble, make)
        assert world.clearing() == 0
        assert world.rows("SELECT * FROM read.vendor_balance WHERE paid_out_minor <> %s", PRICE * 8 // 10) == []

    def test_an_account_is_made(self, world: World, stripe_sandbox: StripeSandbox, trouble: str) -> None:
        journey = Journey(world)
        stripe_sandbox.fault(trouble.split(",", maxsplit=1)[0])
        world.do(RequestPayoutAccount(), journey.vendor)
        world.settle_until("SELECT 1 FROM read.vendor WHERE vendor_id = %s AND ready", journey.vendor_id)
        assert world.task("payout_account")
        assert accounts_of(stripe_sandbox, journey.vendor_id) == 1


def accounts_of(sandbox: StripeSandbox, vendor_id: UUID) -> int:
    client = stripe.StripeClient(SANDBOX_KEY, base_addresses={"api": sandbox.url}, max_network_retries=0)
    listed = [one.to_dict() for one in client.v1.accounts.list({"limit": 100}).auto_paging_iter()]
    return sum(1 for one in listed if one["metadata"].get("vendor_id") == str(vendor_id))


def test_what_may_have_been_forgotten_is_never_sent_again(world: World, stripe_sandbox: StripeSandbox) -> None:
    """It was not found, but nobody can say whether it is still on its way: a person must decide."""
    journey = Journey(world)
    booking_id = journey.paying()
    stripe_sandbox.fault("drop_connection_before")
    world.settle()
    world.own.execute("UPDATE board.task SET created_at = created_at - interval '23 hours 1 minute'")
    for _ in range(3):
        world.hurry()
        world.settle()
    assert world.row("SELECT attempts, last_error FROM board.task WHERE kind = 'charge'")[1].startswith("TooOld")
    assert times(stripe_sandbox.summary(), "payment_intents_by_metadata", journey.payment_ids[booking_id]) == 0
