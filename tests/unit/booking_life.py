"""Bookings to which everything happens that can happen to a booking between its payment and its end."""

from datetime import datetime

from commands.answer_request import DeclineBooking
from commands.cancel_part import CancelPart
from commands.record_no_show import RecordNoShow
from commands.remind_booking import RemindBooking
from commands.reschedule_booking import RescheduleBooking
from commands.revise_listing import ReviseListing
from domain.booking import Part
from tests.unit.facts import (
    ENDS_AT,
    LISTING_ID,
    PRICE,
    TRAVELLER,
    VENDOR,
    accepted,
    booking_id,
    captured,
    confirmed,
    place_hold,
    requested,
    start_payment,
)
from tests.unit.story import Given, Step


def every_answer(n: int) -> list[Given]:
    """Request to book: bookings `n` and `n + 1` are accepted and declined; then bookings are instant again."""
    return [
        Step(ReviseListing(LISTING_ID, booking_mode="request", answer_within="PT24H"), VENDOR),
        [requested(n), accepted(n)],
        [requested(n + 1), Step(DeclineBooking(booking_id(n + 1), "the boat is broken"), VENDOR)],
        Step(ReviseListing(LISTING_ID, booking_mode="instant", answer_within="PT24H"), VENDOR),
    ]


def every_change(n: int) -> list[Given]:
    """Booking `n` grows twice, once paid for (payment `n + 1`), and gives up a part."""
    return [
        confirmed(n),
        Step(RescheduleBooking(booking_id(n), quantity=3), TRAVELLER),
        Step(RescheduleBooking(booking_id(n), quantity=2), TRAVELLER),
        Step(start_payment(n + 1, booking=n), TRAVELLER),
        Step(captured(n + 1, minor=PRICE, seen=True)),
        Step(CancelPart(booking_id(n), Part(quantity=1), "one is ill"), TRAVELLER),
    ]


def reminded(at: datetime) -> list[Given]:
    """A hold that nobody pays for is reminded of its end."""
    return [Step(place_hold(77), TRAVELLER), Step(RemindBooking(booking_id(77), "payment"), at=at)]


def nobody_came(n: int) -> Step:
    return Step(RecordNoShow(booking_id(n)), VENDOR, ENDS_AT)
