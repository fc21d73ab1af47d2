"""A reminder comes once for each instant that it is about, at its time, and only while it matters."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from commands.expire_booking import ExpireBooking
from commands.open_departures import OpenDepartures
from commands.remind_booking import RemindBooking
from commands.reschedule_booking import RescheduleBooking
from domain.booking import Booking
from domain.booking.reminding import Reminder
from domain.capacity import Cell
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    HOUR,
    LISTING_ID,
    MINUTE,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    accepted,
    booking_id,
    cancelled,
    confirmed,
    held,
    on_offer,
    paying,
    requested,
)
from tests.unit.story import T0, Given, Step, fact, given

EXPIRES_AT = T0 + 15 * MINUTE
ANSWER_BY = T0 + 24 * HOUR
HELD: Given = [on_offer(), held()]
ASKED: Given = [on_offer(booking_mode="request"), requested()]
BOOKED: Given = [on_offer(), confirmed()]


def remind(what: Reminder) -> RemindBooking:
    return RemindBooking(booking_id(), what)


@pytest.mark.parametrize(
    ("story", "what", "about", "lead"),
    [
        (HELD, "payment", EXPIRES_AT, 5 * MINUTE),
        (ASKED, "answer", ANSWER_BY, 4 * HOUR),
        (BOOKED, "trip", STARTS_AT, 24 * HOUR),
    ],
)
def test_it_reminds_in_the_time_before_and_once(story: Given, what: Reminder, about: datetime, lead: timedelta) -> None:
    given(story).when(remind(what), at=about - lead - TICK).then_nothing()
    given(story).when(remind(what), at=about).then_nothing()
    given(story).when(remind(what), at=about - TICK).then(Booking.Reminded)
    told = given(story).when(remind(what), at=about - lead).then(fact(Booking.Reminded, what=what, about=about))
    told.when(remind(what), at=about - TICK).then_nothing()


def test_a_hold_that_lasts_longer_since_payment_began_is_reminded_of_again() -> None:
    story = given(on_offer(), held(), Step(remind("payment"), at=EXPIRES_AT - MINUTE), paying()[1])
    extended = EXPIRES_AT + 14 * MINUTE
    story.when(remind("payment"), at=extended - MINUTE).then(fact(Booking.Reminded, about=extended))


def test_what_is_over_is_not_reminded_of() -> None:
    given(HELD, Step(ExpireBooking(booking_id()), at=EXPIRES_AT)).when(remind("payment")).then_nothing()
    given(HELD, cancelled(at=EXPIRES_AT - MINUTE)).when(remind("payment")).then_nothing()
    given(ASKED, accepted()).when(remind("answer"), at=ANSWER_BY - HOUR).then_nothing()
    given(BOOKED, cancelled(at=STARTS_AT - 2 * HOUR)).when(remind("trip")).then_nothing()
    given(HELD).when(remind("trip"), at=STARTS_AT - HOUR).then_nothing()


def test_a_trip_that_was_booked_on_its_eve_needs_no_reminder() -> None:
    eve = Step(held().command, TRAVELLER, STARTS_AT - 23 * HOUR)
    given(on_offer(), eve, confirmed()[1:]).when(remind("trip"), at=STARTS_AT - HOUR).then_nothing()


def test_a_trip_that_moved_is_reminded_of_at_its_new_time() -> None:
    later = OpenDepartures(uuid4(), LISTING_ID, (Cell(STARTS_AT + 5 * DAY, ENDS_AT + 5 * DAY, 10),))
    moved = Step(RescheduleBooking(booking_id(), STARTS_AT + 5 * DAY), TRAVELLER, STARTS_AT - 3 * HOUR)
    story = given(on_offer(), Step(later, VENDOR), confirmed(), Step(remind("trip"), at=STARTS_AT - 10 * HOUR), moved)
    story.when(remind("trip"), at=STARTS_AT + 4 * DAY + HOUR).then(fact(Booking.Reminded, about=STARTS_AT + 5 * DAY))
