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
from commands.record_dispute import DisputeSeen, RecordDispute
from commands.record_payout import BeginTransfer, RecordUnresolved
from commands.refund_payment import RefundPayment
from domain.actor import Actor
from domain.balance_entry import BalanceEntry
from domain.periods import cutoff_of, last_period_end
from infrastructure.invariants import check
from infrastructure.settings_error import SettingsError
from infrastructure.task_console import intervene, list_stuck_money, list_tasks
from queries.rows import Connection
from queries.stuck_money import StuckRow, stuck_money
from queries.stuck_words import action_of, next_of
from tests.integration.journey import PRICE, Journey, registered
from tests.integration.servers import StripeSandbox
from tests.integration.world import World, superuser, world_on


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


class TestOfAChargeThatIsLost:
    """A refund that nobody knows about until Stripe is asked, of a payment that the bank takes back meanwhile."""

    @pytest.fixture
    def unanswered(self, world: World, journey: Journey, stripe_sandbox: StripeSandbox) -> tuple[UUID, str]:
        """A cancelled booking, and the dispute of its payment, of which nobody has told us; Stripe failed once."""
        booking_id = journey.paying(method="pm_card_createDispute")
        world.settle()
        dispute = stripe_sandbox.dispute_of(str(journey.payment_ids[booking_id]))
        stripe_sandbox.fault("drop_connection_before", path="/v1/refunds", method="POST")
        world.do(CancelBooking(booking_id, "rain"), journey.vendor)
        world.follow()
        world.work()
        assert only(world).kind == "unresolved_refund"
        return booking_id, dispute

    def over(self, world: World) -> None:
        """Nothing is owed, nothing is stuck, and what the books say holds."""
        assert world.row("SELECT status, unresolved_since FROM read.refund") == ("overtaken", None)
        assert stuck(world) == []
        assert world.in_peace()
        owed = world.rows("SELECT debit_minor - credit_minor FROM read.ledger_account WHERE account = 'refund.payable'")
        assert sum(minor for (minor,) in owed) == 0
        assert world.clearing() == 0
        with superuser(world.url) as database:
            assert [c for found in check(database) for c in found.contradictions] == []

    def test_it_is_closed_by_itself_once_the_bank_has_decided(
        self, world: World, unanswered: tuple[UUID, str], stripe_sandbox: StripeSandbox
    ) -> None:
        world.news("charge.dispute.created", unanswered[1])
        world.hurry()
        world.settle()
        assert only(world).kind == "unresolved_refund", "the bank may still decide for us"
        stripe_sandbox.close_dispute(unanswered[1])
        world.news("charge.dispute.closed", unanswered[1])
        world.hurry()
        world.settle()
        self.over(world)

    def test_the_bank_may_take_longer_than_any_key_is_good_for(
        self, world: World, unanswered: tuple[UUID, str], stripe_sandbox: StripeSandbox
    ) -> None:
        world.news("charge.dispute.created", unanswered[1])
        world.own.execute("UPDATE board.task SET created_at = created_at - interval '9 days' WHERE state = 'due'")
        world.hurry()
        world.settle()
        row = only(world)
        assert (row.kind, row.task_state) == ("unresolved_refund", "due")
        stripe_sandbox.close_dispute(unanswered[1])
        world.news("charge.dispute.closed", unanswered[1])
        world.hurry()
        world.settle()
        self.over(world)

    def test_what_may_still_be_under_way_is_waited_for(
        self, world: World, unanswered: tuple[UUID, str], stripe_sandbox: StripeSandbox
    ) -> None:
        stripe_sandbox.close_dispute(unanswered[1])
        world.news("charge.dispute.closed", unanswered[1])
        world.own.execute(
            "UPDATE board.task SET created_at = created_at - interval '23 hours 30 minutes' WHERE state = 'due'"
        )
        world.hurry()
        world.settle()
        assert only(world).kind == "unresolved_refund"
        world.own.execute("UPDATE board.task SET created_at = created_at - interval '1 hour' WHERE state = 'due'")
        world.hurry()
        world.settle()
        self.over(world)

    def test_one_that_was_made_is_found_and_the_money_lost_twice(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        booking_id = journey.paying()
        world.settle()
        stripe_sandbox.fault("lose_answer", path="/v1/refunds", method="POST")
        world.do(CancelBooking(booking_id, "rain"), journey.vendor)
        world.follow()
        world.work()
        payment_id = journey.payment_ids[booking_id]
        seen = DisputeSeen("du_1", "lost", PRICE, "EUR", "fraudulent", None, (BalanceEntry("txn_1", -PRICE, 0, "EUR"),))
        world.do(RecordDispute(payment_id, seen))
        assert only(world).kind == "unresolved_refund"
        world.hurry()
        world.settle()
        assert world.row("SELECT status FROM read.refund") == ("succeeded",)
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
