"""A night in which the clocks are changed: claimed, cancelled and completed by the clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.open_nights import OpenNights
from domain.booking import Booking, NotEnded
from domain.payment import Payment
from domain.terms import PRESETS
from tests.unit.clock_changes import CHANGES
from tests.unit.facts import (
    DAY,
    PRICE,
    STAY_ID,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    captured,
    create_stay,
    place_stay,
    register,
    start_payment,
)
from tests.unit.story import T0, Step, Story, given

IN, OUT = time(15), time(11)


def local(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def booked(zone: str, day: date) -> Story:
    """The two nights before and after `day`, paid for."""
    first = day - DAY
    return given(
        Step(register(), at=T0),
        Step(create_stay(time_zone=zone, terms=PRESETS["flexible"]), VENDOR),
        Step(OpenNights(booking_id(99), STAY_ID, first, day, 1), VENDOR),
        Step(place_stay(nights=2, first=first), TRAVELLER),
        Step(start_payment(), TRAVELLER),
        Step(captured(minor=2 * PRICE)),
    )


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_nights_are_from_check_in_to_check_out_however_long_they_are(zone: str, day: date, hours: float) -> None:
    story = booked(zone, day)
    booking = story.state(Booking, booking_id())
    assert (booking.starts_at, booking.ends_at) == (local(day - DAY, IN, zone), local(day + DAY, OUT, zone))
    assert booking.ends_at - booking.starts_at == timedelta(hours=hours + 20)
    story.then_capacity(held=0, sold=2)


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_they_are_cancelled_for_free_until_check_in_time_of_the_day_before(zone: str, day: date, hours: float) -> None:
    """The start is moved to the day on which the clocks change, so that the deadline lies before that."""
    until = local(day - DAY, IN, zone)
    for at, refund in ((until, [2 * PRICE]), (until + TICK, [])):
        story = booked(zone, day + DAY).when(CancelBooking(booking_id()), by=TRAVELLER, at=at)
        assert [e.amount_minor for e in story.new if isinstance(e, Payment.RefundRequested)] == refund
    assert local(day, IN, zone) - until == timedelta(hours=hours)


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_they_are_over_at_check_out_on_the_wall(zone: str, day: date, hours: float) -> None:
    over = local(day + DAY, OUT, zone)
    story = booked(zone, day).when(CompleteBooking(booking_id()), at=over - TICK).then(NotEnded)
    story.when(CompleteBooking(booking_id()), at=over)
    assert story.state(Booking, booking_id()).status == "completed"
    assert over - local(day - DAY, OUT, zone) == timedelta(hours=hours + 24)
