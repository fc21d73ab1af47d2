"""Disputes from end to end on the sandbox Stripe: what it takes and gives back, our books, vendors and evidence."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from commands.complete_booking import CompleteBooking
from commands.release_earnings import ReleaseEarnings
from commands.send_evidence import SendEvidence
from domain.booking import Booking
from domain.contested import PaymentDisputed
from domain.dispute import Dispute
from infrastructure.invariants import check
from infrastructure.stripe_disputes import evidence_place
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import StripeSandbox
from tests.integration.world import World, superuser, world_on

FEE = 15_00
VENDOR_PART = PRICE * 8 // 10


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


def disputed(world: World, journey: Journey, sandbox: StripeSandbox) -> tuple[UUID, str]:
    """A paid booking whose payment is contested at Stripe, of which nobody has told us; and Stripe's id of it."""
    booking_id = journey.paying(method="pm_card_createDispute")
    world.settle()
    return booking_id, sandbox.dispute_of(str(journey.payment_ids[booking_id]))


def told(world: World, stripe_id: str) -> Dispute:
    """The webhooks of it come, and then again."""
    for kind in ("created", "funds_withdrawn", "updated", "created"):
        world.news(f"charge.dispute.{kind}", stripe_id)
    (dispute_id,) = world.row("SELECT dispute_id FROM read.dispute WHERE stripe_dispute_id = %s", stripe_id)
    return world.hands.load(Dispute, dispute_id)


def answer(world: World, dispute: Dispute, text: str) -> None:
    """Somebody sends this text; the sandbox decides by it."""
    (traveller_id,) = world.row("SELECT traveller_id FROM read.booking WHERE booking_id = %s", dispute.booking_id)
    vault = world.hands.container.vault
    key, wrapped = vault.new_key(traveller_id)
    world.own.execute("UPDATE people.identity SET wrapped_key = %s WHERE account_id = %s", (wrapped, traveller_id))
    world.do(SendEvidence(dispute.id, vault.seal(key, evidence_place(dispute.id), text)))
    world.settle()


def balance(world: World, journey: Journey) -> tuple[Any, ...]:
    return world.row(
        "SELECT pending_minor, available_minor, reserved_minor FROM read.vendor_balance WHERE vendor_id = %s",
        journey.vendor_id,
    )


def contradictions(world: World) -> list[str]:
    with superuser(world.url) as database:
        return [f"{f.invariant}: {c}" for f in check(database) for c in f.contradictions]


@pytest.mark.parametrize(("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_one_before_the_trip_is_over_blocks_it_until_it_is_decided(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox, text: str, status: str
) -> None:
    booking_id, stripe_id = disputed(world, journey, stripe_sandbox)
    dispute = told(world, stripe_id)
    world.travel(journey.starts_at + timedelta(hours=5))
    with pytest.raises(PaymentDisputed):
        world.do(CompleteBooking(booking_id))
    answer(world, dispute, text)
    assert world.hands.load(Dispute, dispute.id).status == status
    assert world.clearing() == 0
    if status == "won":
        world.do(CompleteBooking(booking_id))
        world.settle()
        assert balance(world, journey) == (VENDOR_PART, 0, 0)
    else:
        assert world.hands.load(Booking, booking_id).status == "cancelled"
    assert contradictions(world) == []


@pytest.mark.parametrize(("text", "available"), [("winning_evidence", VENDOR_PART), ("losing_evidence", 0)])
def test_one_of_money_that_is_earned_reserves_it_until_it_is_decided(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox, text: str, available: int
) -> None:
    booking_id, stripe_id = disputed(world, journey, stripe_sandbox)
    world.travel(journey.starts_at + timedelta(hours=5))
    world.do(CompleteBooking(booking_id))
    world.travel(journey.starts_at + 3 * DAY)
    world.do(ReleaseEarnings(journey.vendor_id, journey.currency))
    dispute = told(world, stripe_id)
    assert balance(world, journey) == (0, 0, VENDOR_PART)
    answer(world, dispute, text)
    assert balance(world, journey) == (0, available, 0)
    assert world.clearing() == 0
    assert contradictions(world) == []


def test_a_second_text_is_not_sent_once_it_is_decided(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox
) -> None:
    _, stripe_id = disputed(world, journey, stripe_sandbox)
    dispute = told(world, stripe_id)
    world.do(SendEvidence(dispute.id, "sealed for somebody else"))
    stripe_sandbox.close_dispute(stripe_id)
    world.own.execute("DELETE FROM people.identity WHERE account_id = %s", (dispute.traveller_id,))
    world.settle()
    world.news("charge.dispute.closed", stripe_id)
    assert world.rows("SELECT state FROM board.task WHERE kind = 'dispute_evidence'") == [("done",)]
    assert world.hands.load(Dispute, dispute.id).status == "lost"


def test_an_answer_that_was_lost_is_found_again(world: World, journey: Journey, stripe_sandbox: StripeSandbox) -> None:
    _, stripe_id = disputed(world, journey, stripe_sandbox)
    dispute = told(world, stripe_id)
    stripe_sandbox.fault("lose_answer", method="POST", path="/v1/disputes/*", times=1)
    answer(world, dispute, "The guests were there.")
    world.settle_until("SELECT 1 FROM read.dispute WHERE status = 'under_review' AND evidence_sent = 1")
    assert world.hands.stripe.disputes.evidence_count(stripe_id) == 1
