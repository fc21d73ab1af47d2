"""A webhook is a hint: what it says of an object is never believed; the object itself is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.cancel_booking import CancelBooking
from domain.dispute import dispute_id_of
from domain.payment import Payment
from tests.integration.journey import PRICE, Journey
from tests.integration.servers import StripeSandbox
from tests.integration.world import World, superuser, world_on


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


def head(world: World) -> int:
    (position,) = world.row("SELECT max(notification_id) FROM log.events")
    return int(position)


@pytest.mark.parametrize("lie", ["refund.failed", "refund.updated", "charge.refund.updated"])
def test_a_refund_that_arrived_is_not_owed_again_because_a_webhook_says_so(
    world: World, journey: Journey, lie: str
) -> None:
    booking_id = journey.paying()
    world.settle()
    world.do(CancelBooking(booking_id, "rain"), journey.vendor)
    world.settle()
    (stripe_id,) = world.row("SELECT stripe_refund_id FROM read.refund")
    before = head(world)
    world.news(lie, stripe_id)
    assert head(world) == before
    payment = world.hands.load(Payment, journey.payment_ids[booking_id])
    assert [refund.status for refund in payment.refunds.values()] == ["succeeded"]


@pytest.mark.parametrize("lie", ["payment_intent.canceled", "payment_intent.payment_failed"])
def test_money_that_is_here_is_not_gone_because_a_webhook_says_so(world: World, journey: Journey, lie: str) -> None:
    journey.paying()
    world.settle()
    (intent_id,) = world.row("SELECT intent_id FROM read.payment")
    before = head(world)
    world.news(lie, intent_id)
    assert head(world) == before
    assert world.row("SELECT status, captured_minor FROM read.payment") == ("captured", PRICE)


def test_a_payment_that_waits_for_its_cardholder_is_not_captured_because_a_webhook_says_so(
    world: World, journey: Journey
) -> None:
    journey.paying(method="pm_card_authenticationRequired")
    world.settle()
    (intent_id,) = world.row("SELECT intent_id FROM read.payment")
    before = head(world)
    world.news("payment_intent.succeeded", intent_id)
    assert head(world) == before
    assert world.row("SELECT status FROM read.payment") == ("action_required",)


def test_what_belongs_to_another_log_is_left_to_the_reconciliation(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox, tmp_path: Path
) -> None:
    """Two houses with one account at Stripe, or one house that has lost the end of its log."""
    booking_id = journey.paying(method="pm_card_createDispute")
    world.settle()
    (intent_id,) = world.row("SELECT intent_id FROM read.payment")
    stripe_dispute_id = stripe_sandbox.dispute_of(str(journey.payment_ids[booking_id]))
    with superuser(world.url) as connection:
        connection.execute("DELETE FROM log.events WHERE originator_id = %s", (journey.payment_ids[booking_id],))
    with world_on(world.url, tmp_path / "other", stripe=stripe_sandbox.url) as other:
        before = head(other)
        other.news("payment_intent.succeeded", intent_id)
        other.news("charge.dispute.updated", stripe_dispute_id)
        assert head(other) == before
        assert other.in_peace()


def test_a_dispute_is_not_decided_because_a_webhook_says_so(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox
) -> None:
    booking_id = journey.paying(method="pm_card_createDispute")
    world.settle()
    stripe_id = stripe_sandbox.dispute_of(str(journey.payment_ids[booking_id]))
    for lie in ("charge.dispute.closed", "charge.dispute.funds_reinstated", "charge.dispute.created"):
        world.news(lie, stripe_id)
        assert world.rows("SELECT dispute_id, status FROM read.dispute") == [
            (dispute_id_of(stripe_id), "needs_response")
        ]
