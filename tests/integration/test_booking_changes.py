"""Bookings that change, with a real Stripe: every charge and refund is made once, and everything adds up at the end."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from commands.cancel_booking import CancelBooking
from commands.cancel_part import CancelPart
from commands.complete_booking import CompleteBooking
from commands.create_listing import CreateListing
from commands.open_nights import OpenNights
from commands.place_hold import PlaceHold
from commands.record_no_show import RecordNoShow
from commands.reschedule_booking import RescheduleBooking
from domain.booking import Booking, Part
from domain.money import Money
from domain.terms import PRESETS
from infrastructure.capacity_replay import compare_capacity
from infrastructure.invariants import check
from tests.integration.clockwork import scheduled, there, wish
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import StripeSandbox, eventually
from tests.integration.world import World, superuser, world_on


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


@pytest.fixture
def paid(world: World, journey: Journey) -> UUID:
    """A booking of one place that Stripe has really been paid for."""
    booking_id = journey.paying()
    world.settle()
    return booking_id


def seats(world: World, journey: Journey, booking_id: UUID, quantity: int) -> None:
    world.do(RescheduleBooking(booking_id, quantity=quantity), journey.traveller)


def booking(world: World, booking_id: UUID) -> Booking:
    return world.hands.load(Booking, booking_id)


def everything_adds_up(world: World) -> None:
    """At rest every invariant holds, and the claims are what the log says."""
    world.settle()
    assert world.in_peace()
    assert world.clearing() == 0
    with superuser(world.url) as connection:
        assert [f"{f.invariant}: {f.contradictions}" for f in check(connection) if not f.holds] == []
        assert compare_capacity(connection) == []


def test_more_places_are_paid_by_a_second_charge_and_both_come_back(world: World, journey: Journey, paid: UUID) -> None:
    seats(world, journey, paid, 3)
    journey.paying(paid)
    world.settle()
    changed = booking(world, paid)
    assert (changed.quantity, sorted(changed.payments.values())) == (3, [PRICE, 2 * PRICE])
    everything_adds_up(world)
    world.do(CancelBooking(paid), journey.vendor)
    everything_adds_up(world)
    assert world.rows("SELECT amount_minor, status FROM read.refund ORDER BY amount_minor") == [
        (PRICE, "succeeded"),
        (2 * PRICE, "succeeded"),
    ]
    assert world.row("SELECT refunded_minor FROM read.booking") == (3 * PRICE,)


def test_a_declined_card_leaves_the_change_waiting_for_another(world: World, journey: Journey, paid: UUID) -> None:
    seats(world, journey, paid, 2)
    journey.paying(paid, method="pm_card_visa_chargeDeclined")
    world.settle()
    assert booking(world, paid).pending_change is not None
    journey.paying(paid)
    world.settle()
    assert booking(world, paid).quantity == 2
    everything_adds_up(world)


def test_a_change_that_runs_out_stops_its_payment_and_gives_its_places_back(
    world: World, journey: Journey, paid: UUID
) -> None:
    seats(world, journey, paid, 4)
    journey.paying(paid, method="pm_card_threeDSecure2Required")
    world.settle()
    assert world.row("SELECT sum(held), sum(sold) FROM capacity.cell") == (3, 1)
    with scheduled(world):
        target = wish(world, timedelta(hours=1))
        eventually(lambda: there(world, target))
    assert world.row("SELECT sum(held), sum(sold) FROM capacity.cell") == (0, 1)
    assert world.rows("SELECT pending_change FROM read.booking") == [(None,)]
    assert world.rows("SELECT status FROM read.payment ORDER BY created_at") == [("captured",), ("voided",)]
    everything_adds_up(world)


def test_nobody_answers_and_the_schedule_declines_in_time(world: World) -> None:
    journey = Journey(world, booking_mode="request")
    asked = journey.paying()
    world.settle()
    answer_by = booking(world, asked).answer_by
    assert answer_by is not None
    with scheduled(world):
        target = wish(world, 2 * DAY)
        eventually(lambda: there(world, target))
    declined = booking(world, asked)
    assert declined.status == "declined"
    assert answer_by <= declined.modified_on < answer_by + timedelta(minutes=2)
    assert world.row("SELECT status FROM read.payment") == ("voided",)
    everything_adds_up(world)


def test_a_stay_grows_shrinks_and_is_completed(world: World, journey: Journey) -> None:
    booking_id, first = _stay(world, journey)
    for nights in ((0, 4), (1, 3), (2, 6)):
        change = RescheduleBooking(booking_id, first_night=first + nights[0] * DAY, last_night=first + nights[1] * DAY)
        world.do(change, journey.traveller)
        if booking(world, booking_id).pending_change:
            journey.paying(booking_id)
            world.settle()
    part = Part(first_night=first + 6 * DAY, last_night=first + 6 * DAY)
    world.do(CancelPart(booking_id, part), journey.traveller)
    left = booking(world, booking_id)
    assert (left.cells, left.price_minor) == (4, 4 * PRICE)
    world.travel(left.ends_at)
    world.do(CompleteBooking(booking_id), journey.vendor)
    everything_adds_up(world)
    assert world.rows(
        "SELECT DISTINCT sold FROM capacity.cell WHERE sold > 0 AND listing_id = %s", left.listing_id
    ) == [(1,)]


def _stay(world: World, journey: Journey) -> tuple[UUID, date]:
    """Two nights of a stay, paid; and the first night that is open."""
    listing_id, booking_id = uuid4(), uuid4()
    first = (world.now() + 20 * DAY).date()
    price, terms = Money(PRICE, "EUR"), PRESETS["moderate"]
    stay = CreateListing(listing_id, "Boat", "Two cabins", "stay", "Europe/Berlin", price, terms, draft=False)
    world.do(stay, journey.vendor)
    world.do(OpenNights(uuid4(), listing_id, first, first + 9 * DAY, 2), journey.vendor)
    world.do(PlaceHold(booking_id, listing_id, None, None, 1, first, first + DAY), journey.traveller)
    journey.paying(booking_id)
    world.settle()
    return booking_id, first


def test_who_did_not_come_has_paid_for_it(world: World, journey: Journey, paid: UUID) -> None:
    world.travel(journey.starts_at)
    world.do(RecordNoShow(paid), journey.vendor)
    everything_adds_up(world)
    assert world.row("SELECT pending_minor FROM read.vendor_balance") == (PRICE * 8 // 10,)
