"""What the charge does with Stripe's less happy answers: declines, 3-D Secure, voids, and payments too late."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from commands.expire_booking import ExpireBooking
from tests.integration.journey import PRICE, Journey
from tests.integration.servers import StripeSandbox
from tests.integration.world import World, world_on
from workers.board import ATTEMPTS_MAX


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


def statuses(world: World) -> tuple[str, str]:
    """Of the one booking, and of its newest payment."""
    booking, payment = world.row(
        "SELECT b.status, p.status FROM read.booking AS b JOIN read.payment AS p USING (payment_id)"
    )
    return booking, payment


def charged(sandbox: StripeSandbox, payment_id: UUID) -> int:
    count: int = sandbox.summary()["charges_succeeded_by_metadata"].get("payment_id", {}).get(str(payment_id), 0)
    return count


class TestCharge:
    def test_a_good_card_confirms_the_booking(self, world: World, journey: Journey) -> None:
        journey.paying()
        world.settle()
        assert statuses(world) == ("confirmed", "captured")
        assert world.in_peace()
        assert world.clearing() == 0

    @pytest.mark.parametrize(
        ("method", "code"),
        [
            ("pm_card_visa_chargeDeclined", "card_declined"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
            ("pm_nothing", "resource_missing"),
        ],
    )
    def test_a_bad_one_frees_the_booking_for_another(
        self, world: World, journey: Journey, method: str, code: str
    ) -> None:
        booking_id = journey.paying(method=method)
        world.settle()
        assert statuses(world) == ("awaiting_payment", "failed")
        assert world.row("SELECT failure_code FROM read.payment") == (code,)
        journey.paying(booking_id)
        world.settle()
        assert statuses(world) == ("confirmed", "captured")
        assert world.in_peace()

    def test_three_d_secure_waits_for_the_cardholder(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        journey.paying(method="pm_card_threeDSecure2Required")
        world.settle()
        assert statuses(world) == ("awaiting_payment", "action_required")
        (intent_id,) = world.row("SELECT intent_id FROM read.payment")
        (secret,) = world.row("SELECT client_secret FROM board.payment_action")
        assert secret.startswith(intent_id)
        assert world.row("SELECT attempts FROM board.task WHERE kind = 'charge'") == (0,)
        stripe_sandbox.authenticate(intent_id, succeeded=True)
        world.news("payment_intent.succeeded", intent_id)
        world.hurry()
        world.settle()
        assert statuses(world) == ("confirmed", "captured")
        assert world.rows("SELECT * FROM board.payment_action") == []
        assert world.in_peace()

    def test_a_cancelled_booking_voids_what_waits_for_the_cardholder(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        booking_id = journey.paying(method="pm_card_threeDSecure2Required")
        world.settle()
        journey.cancelled(booking_id)
        world.settle()
        world.hurry()
        world.settle()
        assert world.row("SELECT status FROM read.payment") == ("voided",)
        assert charged(stripe_sandbox, journey.payment_ids[booking_id]) == 0
        assert world.in_peace()

    def test_nobody_is_charged_for_what_was_cancelled_before(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        booking_id = journey.paying()
        journey.cancelled(booking_id)
        world.settle_until("SELECT 1 FROM read.payment WHERE status = 'voided'")
        assert charged(stripe_sandbox, journey.payment_ids[booking_id]) == 0

    @pytest.mark.parametrize("skip", [0, 1, 2])
    def test_nor_for_what_was_cancelled_after_a_first_attempt_got_lost(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox, skip: int
    ) -> None:
        """Whichever of the three calls does not get through: nothing was confirmed yet."""
        booking_id = journey.paying()
        stripe_sandbox.fault("drop_connection_before", skip=skip)
        world.follow()
        world.work()
        assert world.row("SELECT attempts, state FROM board.task WHERE kind = 'charge'") == (1, "due")
        journey.cancelled(booking_id)
        world.settle_until("SELECT 1 FROM read.payment WHERE status = 'voided'")
        assert charged(stripe_sandbox, journey.payment_ids[booking_id]) == 0
        world.hurry()
        world.settle()
        assert world.in_peace()

    def test_what_was_paid_for_an_expired_and_resold_booking_goes_back(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        booking_id = journey.paying()
        world.own.execute("UPDATE capacity.cell SET capacity = 1")
        world.travel(world.now() + timedelta(hours=1))
        journey.held()
        world.settle()
        assert world.row("SELECT status FROM read.booking WHERE booking_id = %s", booking_id) == ("expired",)
        assert world.row("SELECT captured_minor, refunded_minor FROM read.payment") == (PRICE, PRICE)
        assert charged(stripe_sandbox, journey.payment_ids[booking_id]) == 1
        assert world.clearing() == 0
        assert world.in_peace()

    def test_what_was_paid_a_little_late_is_kept_if_there_is_room(self, world: World, journey: Journey) -> None:
        booking_id = journey.paying()
        world.travel(world.now() + timedelta(hours=1))
        world.follow()
        world.work()
        world.do(ExpireBooking(booking_id))
        world.settle()
        assert statuses(world) == ("confirmed", "captured")


def test_an_outage_never_parks_a_task_and_its_end_is_its_success(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox
) -> None:
    journey.paying()
    world.follow()
    stripe_sandbox.fault("rate_limit", times=ATTEMPTS_MAX + 3)
    for _ in range(ATTEMPTS_MAX + 3):
        world.work()
        world.hurry()
    assert world.row("SELECT state, attempts FROM board.task WHERE kind = 'charge'") == ("due", ATTEMPTS_MAX + 3)
    world.settle()
    assert statuses(world) == ("confirmed", "captured")


def test_what_can_never_work_is_parked_and_costs_nothing_more(world: World, journey: Journey) -> None:
    journey.paying()
    world.follow()
    world.own.execute("UPDATE board.task SET arguments = '{}' WHERE kind = 'charge'")
    for _ in range(ATTEMPTS_MAX):
        world.work()
        world.hurry()
    assert world.row("SELECT state, attempts FROM board.task WHERE kind = 'charge'") == ("parked", ATTEMPTS_MAX)
    assert world.work() == 0
