"""Money that a card's bank sets aside until the vendor has answered: taken, let go, or gone by itself."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from commands.answer_request import AcceptBooking, DeclineBooking
from domain.payment import Payment
from tests.integration.journey import PRICE, Journey
from tests.integration.servers import StripeSandbox, eventually
from tests.integration.world import World, world_on

WEEK_AND_AN_HOUR_S = 7 * 86_400 + 3_600


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world, booking_mode="request")


@pytest.fixture
def asked(world: World, journey: Journey) -> UUID:
    """A booking whose money is set aside, and whose vendor has not answered yet."""
    booking_id = journey.paying()
    world.settle()
    assert statuses(world) == ("awaiting_vendor", "authorised")
    return booking_id


def statuses(world: World) -> tuple[str, str]:
    """Of the one booking, and of its payment."""
    booking, payment = world.row(
        "SELECT b.status, p.status FROM read.booking AS b JOIN read.payment AS p USING (payment_id)"
    )
    return booking, payment


def captured(sandbox: StripeSandbox, payment_id: UUID) -> int:
    count: int = sandbox.summary()["charges_succeeded_by_metadata"].get("payment_id", {}).get(str(payment_id), 0)
    return count


def payment_of(world: World, journey: Journey, booking_id: UUID) -> Payment:
    return world.hands.load(Payment, journey.payment_ids[booking_id])


def test_nothing_is_taken_before_the_vendor_has_accepted(
    world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox
) -> None:
    payment = payment_of(world, journey, asked)
    assert captured(stripe_sandbox, payment.id) == 0
    assert (payment.authorised_minor, payment.captured_minor) == (PRICE, 0)
    assert payment.capture_before is not None
    assert payment.capture_before - payment.created_on > timedelta(days=6)
    assert world.in_peace()
    assert world.clearing() == 0


def test_accepted_it_is_taken_once(world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox) -> None:
    world.do(AcceptBooking(asked), journey.vendor)
    world.settle()
    assert statuses(world) == ("confirmed", "captured")
    assert captured(stripe_sandbox, journey.payment_ids[asked]) == 1
    assert world.in_peace()
    assert world.clearing() == 0


def test_declined_it_is_let_go(world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox) -> None:
    world.do(DeclineBooking(asked, "full"), journey.vendor)
    world.settle()
    assert statuses(world) == ("declined", "voided")
    assert captured(stripe_sandbox, journey.payment_ids[asked]) == 0
    assert world.in_peace()


def test_when_the_bank_lets_go_by_itself_the_booking_ends_unpaid(
    world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox
) -> None:
    stripe_sandbox.control("POST", "/sandbox/clock", advance_seconds=WEEK_AND_AN_HOUR_S)
    intent_id = payment_of(world, journey, asked).intent_id
    assert intent_id is not None
    eventually(lambda: world.hands.stripe.payments.fetch(intent_id).status == "canceled")
    world.news("payment_intent.canceled", intent_id)
    assert statuses(world) == ("cancelled", "voided")
    assert world.in_peace()


def test_nor_is_it_a_booking_when_it_was_accepted_too_late(
    world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox
) -> None:
    """The capture itself finds out, without any news."""
    stripe_sandbox.control("POST", "/sandbox/clock", advance_seconds=WEEK_AND_AN_HOUR_S)
    intent_id = payment_of(world, journey, asked).intent_id
    assert intent_id is not None
    eventually(lambda: world.hands.stripe.payments.fetch(intent_id).status == "canceled")
    world.do(AcceptBooking(asked), journey.vendor)
    world.settle()
    assert statuses(world) == ("cancelled", "voided")
    assert world.in_peace()


def test_a_capture_that_stripe_refuses_for_good_is_voided(
    world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox
) -> None:
    stripe_sandbox.fault("refuse_capture", times=100)
    world.do(AcceptBooking(asked), journey.vendor)
    world.settle()
    stripe_sandbox.heal()
    assert statuses(world) == ("cancelled", "voided")
    assert captured(stripe_sandbox, journey.payment_ids[asked]) == 0
    assert world.in_peace()


def test_a_capture_whose_answer_is_lost_is_unresolved_until_it_is_found(
    world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox
) -> None:
    """And it is not taken twice."""
    stripe_sandbox.fault("lose_answer", path="/v1/payment_intents/*/capture")
    world.do(AcceptBooking(asked), journey.vendor)
    world.follow()
    world.work()
    world.follow()
    assert shown(world) == "unresolved"
    world.hurry()
    world.settle()
    assert shown(world) == "captured"
    assert captured(stripe_sandbox, journey.payment_ids[asked]) == 1
    assert world.clearing() == 0


def shown(world: World) -> Any:
    """As people are told."""
    (status,) = world.row(
        "SELECT CASE WHEN unresolved_step IS NULL THEN status ELSE 'unresolved' END FROM read.payment"
    )
    return status


def test_a_part_of_it_can_be_taken_and_the_rest_is_let_go(
    world: World, journey: Journey, asked: UUID, stripe_sandbox: StripeSandbox
) -> None:
    payment = payment_of(world, journey, asked)
    payment.request_capture(now=world.now(), amount_minor=PRICE // 4)
    taken = world.hands.stripe.payments.capture(payment, key="part")
    assert (taken.status, taken.received_minor, taken.capturable_minor) == ("succeeded", PRICE // 4, 0)
