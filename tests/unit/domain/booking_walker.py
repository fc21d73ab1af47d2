"""Walks over every command of a booking: four bookings of a departure and a stay."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from commands.answer_request import AcceptBooking, DeclineBooking, LapseRequest
from commands.cancel_booking import CancelBooking
from commands.cancel_part import CancelPart
from commands.complete_booking import CompleteBooking
from commands.expire_booking import ExpireBooking, ExpireChange
from commands.open_departures import OpenDepartures
from commands.place_hold import PlaceHold
from commands.record_no_show import RecordNoShow
from commands.record_refund import RecordRefund, RefundSeen
from commands.reschedule_booking import RescheduleBooking
from commands.start_payment import StartPayment
from domain.actor import SYSTEM, Actor
from domain.booking import Booking, Part
from domain.capacity import Cell
from domain.listing_events import BookingMode
from domain.payment import Payment
from domain.policy import Policy
from domain.root import Root, replay
from domain.terms import Terms, Tier
from tests.unit import story as stories
from tests.unit.facts import (
    DAY,
    FIRST_NIGHT,
    HOUR,
    LISTING_ID,
    MINUTE,
    OPERATOR,
    STARTS_AT,
    STAY_ID,
    TRAVELLER,
    VENDOR,
    authorised,
    booking_id,
    canceled,
    captured,
    create_listing,
    create_stay,
    declined,
    open_nights,
    payment_id,
    register,
)
from tests.unit.story import T0, Step, Story

CAPACITY, NIGHTS, PRICE = 4, 4, 33_33
BOOKINGS = (1, 2, 3, 4)  # The first two are of the departures, the others of the stay.
TIMES = (STARTS_AT, STARTS_AT + DAY)
TERMS = Terms(
    "walk",
    (Tier("P7D", 10_000), Tier("P2D", 3_333), Tier("PT0S", 0)),
    fee_minor=1_11,
    no_show_bp=1_234,
    partial="allowed",
)


def on_offer(mode: BookingMode) -> Iterator[Step]:
    departures = tuple(Cell(at, at + 4 * HOUR, CAPACITY) for at in TIMES)
    yield Step(register(), at=T0)
    yield Step(create_listing(price_minor=PRICE, terms=TERMS, booking_mode=mode), VENDOR)
    yield Step(OpenDepartures(UUID(int=1), LISTING_ID, departures), VENDOR)
    yield Step(create_stay(price_minor=PRICE, terms=TERMS), VENDOR)
    yield Step(open_nights(2, last=FIRST_NIGHT + (NIGHTS - 1) * DAY), VENDOR)


class Walk:
    """One story of four bookings; every move is about booking `n`, and `k` chooses how."""

    def __init__(self, mode: BookingMode) -> None:
        self.story: Story = stories.given(on_offer(mode), policy=Policy(commission_bp=1_777, holds_max=3))
        self.paid = 0  # How many payments were begun.
        self.last: dict[int, int] = {}  # The newest payment of each booking.

    def go(self, command: object, by: Actor = SYSTEM) -> bool:
        self.story.when(command, by=by)
        if self.story.done is not None and isinstance(self.story.done.result, Root):
            result = self.story.done.result
            assert replay(self.story.log.stream(result.id)) == result
        return self.story.refusal is None

    def booking(self, n: int) -> Booking | None:
        found = replay(self.story.log.stream(booking_id(n)))
        assert found is None or isinstance(found, Booking)
        return found

    def hold(self, n: int, k: int) -> None:
        if self.booking(n) is not None:
            return
        first = FIRST_NIGHT + (k % 2) * DAY
        if n < 3:
            self.go(PlaceHold(booking_id(n), LISTING_ID, TIMES[0], None, k + 1), TRAVELLER)
        else:
            nights = (first, first + (k % 3) * DAY)
            self.go(PlaceHold(booking_id(n), STAY_ID, None, None, 1, *nights), TRAVELLER)

    def pay(self, n: int, _: int) -> None:
        if self.go(StartPayment(payment_id(self.paid + 1), booking_id(n), "pm_card_visa"), TRAVELLER):
            self.paid += 1
            self.last[n] = self.paid

    def capture(self, n: int, k: int) -> None:
        """Stripe tells of the newest payment; seldom of another amount than was asked for."""
        payment = self.payment(n)
        if payment is not None:
            seen = payment.captured_minor or payment.amount_minor + (5 if k == 3 else 0)
            self.go(captured(self.last[n], minor=seen))

    def authorise(self, n: int, _: int) -> None:
        payment = self.payment(n)
        if payment is not None and payment.capture == "manual":
            self.go(authorised(self.last[n], minor=payment.amount_minor, capture_before=self.now + 7 * DAY))

    def fail(self, n: int, k: int) -> None:
        if n in self.last:
            self.go((declined, canceled)[k % 2](self.last[n]))

    def payment(self, n: int) -> Payment | None:
        found = replay(self.story.log.stream(payment_id(self.last[n]))) if n in self.last else None
        assert found is None or isinstance(found, Payment)
        return found

    def answer(self, n: int, k: int) -> None:
        command = (AcceptBooking, AcceptBooking, DeclineBooking, LapseRequest)[k](booking_id(n))
        self.go(command, VENDOR)

    def reschedule(self, n: int, k: int) -> None:
        by = OPERATOR if k == 3 else TRAVELLER
        if n < 3:
            self.go(RescheduleBooking(booking_id(n), starts_at=TIMES[k % 2] if k > 1 else None, quantity=k + 1), by)
        else:
            first = FIRST_NIGHT + (k // 2) * DAY
            last = FIRST_NIGHT + (NIGHTS - 1 - k % 2) * DAY
            self.go(RescheduleBooking(booking_id(n), first_night=first, last_night=last, quantity=1 + k % 2), by)

    def give_up(self, n: int, k: int) -> None:
        booking = self.booking(n)
        if booking is None or n < 3 or k == 3:
            part = Part(quantity=1)
        else:
            first = FIRST_NIGHT + (booking.starts_at.date() - FIRST_NIGHT)
            day = first if k % 2 else first + (booking.cells - 1) * DAY
            part = Part(first_night=day, last_night=day)
        self.go(CancelPart(booking_id(n), part), VENDOR if k == 2 else TRAVELLER)

    def cancel(self, n: int, k: int) -> None:
        self.go(CancelBooking(booking_id(n)), (TRAVELLER, TRAVELLER, VENDOR, OPERATOR)[k])

    def end(self, n: int, k: int) -> None:
        self.go((CompleteBooking, RecordNoShow)[k % 2](booking_id(n)), VENDOR)

    def run_out(self, n: int, _: int) -> None:
        self.go(ExpireBooking(booking_id(n)))
        self.go(ExpireChange(booking_id(n)))

    def refunds(self, _: int, k: int) -> None:
        for number in range(1, self.paid + 1):
            payment = replay(self.story.log.stream(payment_id(number)))
            assert isinstance(payment, Payment)
            for refund_id in payment.refunds:
                seen = RefundSeen(f"re_{refund_id}", ("pending", "succeeded", "succeeded", "failed")[k])
                self.go(RecordRefund(payment.id, refund_id, seen))

    def wait(self, _: int, k: int) -> None:
        self.story.log.now += (5 * MINUTE, HOUR, 3 * DAY, 20 * DAY)[k]

    def wait_for_the_end(self, _: int, k: int) -> None:
        """Departures have begun, or everything is over."""
        self.story.log.now = max(self.now, STARTS_AT + (HOUR, 10 * DAY)[k % 2])

    @property
    def now(self) -> datetime:
        return self.story.log.now
