"""Money that is stuck is shown with what happens next and one safe thing to do; and taking a task in hand does it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from commands.cancel_booking import CancelBooking
from commands.draft_payout import DraftPayout
from commands.intervene import Intervene
from commands.record_payout import BeginTransfer, RecordUnresolved
from commands.refund_payment import RefundPayment
from domain.actor import Actor
from domain.periods import cutoff_of, last_period_end
from infrastructure.settings import SettingsError
from infrastructure.task_console import intervene, list_stuck_money, list_tasks
from queries.rows import Connection
from queries.stuck_money import StuckRow, stuck_money
from queries.stuck_words import action_of, next_of
from tests.integration.journey import PRICE, Journey, registered
from tests.integration.servers import StripeSandbox
from tests.integration.world import World, world_on


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


@pytest.fixture
def operator(world: World) -> Actor:
    return registered(world, "operator")


def stuck(world: World) -> list[StuckRow]:
    async def ask() -> list[StuckRow]:
        async with world.hands.container.reads.connection() as connection:
            typed: Connection = connection
            return await stuck_money(typed, 50)

    world.follow()
    return world.hands.loop.run(ask())


def only(world: World) -> StuckRow:
    (row,) = stuck(world)
    assert row.age_seconds >= 0
    assert next_of(row).endswith(".")
    return row


def test_without_trouble_nothing_is_stuck(world: World, journey: Journey) -> None:
    booking_id = journey.paying()
    world.settle()
    world.do(CancelBooking(booking_id, "rain"), journey.vendor)
    world.settle()
    assert stuck(world) == []


def test_a_payment_without_an_answer_is_looked_up_by_itself_or_at_once(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox, operator: Actor
) -> None:
    booking_id = journey.paying()
    world.follow()
    stripe_sandbox.fault("lose_answer", path="/v1/payment_intents/*/confirm")
    world.work()
    row = only(world)
    assert (row.kind, row.about, row.amount_minor) == ("unresolved_payment", journey.payment_ids[booking_id], PRICE)
    assert "looked up at Stripe by our own id" in next_of(row)
    action = action_of(row)
    assert action is not None
    assert (action.method, action.path) == ("POST", f"/admin/tasks/{row.task_id}/retry")
    assert row.task_id is not None
    world.do(Intervene(uuid4(), row.task_id, "retry"), operator)
    world.settle()
    assert world.row("SELECT status FROM read.payment") == ("captured",)
    assert stuck(world) == []


def test_a_refund_without_an_answer(world: World, journey: Journey, stripe_sandbox: StripeSandbox) -> None:
    booking_id = journey.paying()
    world.settle()
    stripe_sandbox.fault("lose_answer", path="/v1/refunds", method="POST")
    world.do(CancelBooking(booking_id, "rain"), journey.vendor)
    world.follow()
    world.work()
    row = only(world)
    assert (row.kind, row.amount_minor) == ("unresolved_refund", PRICE)
    world.hurry()
    world.settle()
    assert stuck(world) == []


def test_a_payout_without_an_answer_is_stuck_as_long_as_it_is_marked_so(world: World, journey: Journey) -> None:
    booking_id = journey.confirmed()
    journey.payable(f"acct_{journey.listing_id}")
    journey.earned(booking_id)
    world.travel(world.now() + timedelta(days=9))
    period_end = last_period_end("weekly", world.now().date())
    cutoff = cutoff_of(period_end, "UTC")
    payout = world.do(DraftPayout(journey.vendor_id, journey.currency, "weekly", period_end, cutoff))
    world.follow()
    world.own.execute("UPDATE board.task SET attempts = 1, last_error = 'slow' WHERE state = 'due'")
    assert "unresolved_payout" not in {row.kind for row in stuck(world)}
    world.do(BeginTransfer(payout.id))
    world.do(RecordUnresolved(payout.id, "transfer", "no answer"))
    world.own.execute("DELETE FROM board.task")
    (row,) = [row for row in stuck(world) if row.kind == "unresolved_payout"]
    assert (row.about, row.why, row.amount_minor) == (payout.id, "no answer", PRICE * 8 // 10)
    assert next_of(row) == "News from Stripe will resolve it."


def test_a_parked_task_waits_for_a_person(world: World, journey: Journey, operator: Actor) -> None:
    booking_id = journey.paying()
    world.follow()
    task_id = world.task("charge")
    world.do(Intervene(uuid4(), task_id, "park"), operator)
    row = only(world)
    assert (row.kind, row.task_id, row.amount_minor, row.why) == (
        "parked_task",
        task_id,
        PRICE,
        "charge: parked by hand",
    )
    world.settle()
    assert world.row("SELECT status FROM read.payment") == ("requested",)
    world.do(Intervene(uuid4(), task_id, "retry"), operator)
    world.settle()
    assert world.row("SELECT status FROM read.payment") == ("captured",)
    assert world.row("SELECT status FROM read.booking WHERE booking_id = %s", booking_id) == ("confirmed",)


def test_a_retry_looks_first_at_what_was_sent_before(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox, operator: Actor
) -> None:
    """Even when every attempt was used up."""
    booking_id = journey.paying()
    world.settle()
    stripe_sandbox.fault("lose_answer", path="/v1/refunds", method="POST")
    world.do(CancelBooking(booking_id, "rain"), journey.vendor)
    world.follow()
    world.work()
    world.own.execute("UPDATE board.task SET state = 'parked' WHERE kind = 'refund'")
    world.do(Intervene(uuid4(), world.task("refund"), "retry"), operator)
    world.settle()
    refunds = stripe_sandbox.summary()["refunds_by_metadata"]["payment_id"]
    assert refunds[str(journey.payment_ids[booking_id])] == 1
    assert stuck(world) == []


def test_a_refund_that_waits_for_a_second_person(world: World, journey: Journey, operator: Actor) -> None:
    booking_id = journey.held(3)
    journey.paying(booking_id)
    world.settle()
    refund_id = uuid4()
    world.do(RefundPayment(refund_id, journey.payment_ids[booking_id], None, "a leak", "vendor"), operator)
    row = only(world)
    assert (row.kind, row.about, row.amount_minor) == ("refund_awaiting_approval", refund_id, 3 * PRICE)


def test_an_authorisation_that_ends_soon(world: World) -> None:
    booking_id = Journey(world, booking_mode="request").paying()
    world.settle()
    (capture_before,) = world.row("SELECT capture_before FROM read.payment")
    world.travel(capture_before - timedelta(hours=49))
    assert stuck(world) == []
    world.travel(capture_before - timedelta(hours=47))
    row = only(world)
    assert (row.kind, row.about, row.until) == ("authorisation_ends_soon", booking_id, capture_before)


def test_money_that_stripe_has_not_shown_for_a_day(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox
) -> None:
    stripe_sandbox.fault("late_fee", seconds=3_600)
    booking_id = journey.paying()
    world.settle()
    assert stuck(world) == []
    world.travel(world.now() + timedelta(days=1, minutes=1))
    row = only(world)
    assert (row.kind, row.about, row.amount_minor) == ("clearing_not_seen", booking_id, PRICE)


class TestTerminal:
    def test_it_prints_what_is_stuck_and_says_so_by_its_exit_code(
        self, world: World, journey: Journey, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert list_stuck_money(world.settings, as_json=False) == 0
        assert "No money is stuck." in capsys.readouterr().out
        journey.paying()
        world.follow()
        task_id = world.task("charge")
        intervene(world.settings, task_id, "park")
        world.follow()
        assert list_stuck_money(world.settings, as_json=True) == 1
        (item,) = json.loads(capsys.readouterr().out)
        assert (item["kind"], item["amount_minor"]) == ("parked_task", PRICE)
        assert list_stuck_money(world.settings, as_json=False) == 1
        assert "200.00 EUR" in capsys.readouterr().out
        assert list_tasks(world.settings, state=None, as_json=False) == 1
        assert "parked" in capsys.readouterr().out

    def test_a_task_that_is_unknown_or_done_cannot_be_taken_in_hand(self, world: World, journey: Journey) -> None:
        with pytest.raises(SettingsError, match="There is no task"):
            intervene(world.settings, UUID(int=1), "retry")
        journey.paying()
        world.settle()
        with pytest.raises(SettingsError, match="That task is done"):
            intervene(world.settings, world.task("charge"), "retry")
