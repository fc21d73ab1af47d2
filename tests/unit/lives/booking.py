"""Bookings: bought at once, and where the vendor must agree; with changes that wait, and disputes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from commands.answer_request import AcceptBooking, DeclineBooking, LapseRequest
from commands.cancel_booking import CancelBooking
from commands.cancel_departure import CancelAffectedBooking, StartDepartureCancellation
from commands.cancel_part import CancelPart
from commands.complete_booking import CompleteBooking
from commands.expire_booking import ExpireBooking, ExpireChange
from commands.open_departures import OpenDepartures
from commands.record_no_show import RecordNoShow
from commands.record_payment import Intent, IntentStatus, RecordPayment
from commands.refund_payment import RefundPayment
from commands.remind_booking import RemindBooking
from commands.reschedule_booking import RescheduleBooking
from domain.booking import Booking, Part
from domain.capacity import Cell
from domain.listing_events import BookingMode
from domain.money import Money
from domain.root import replay
from tests.unit.dispute_facts import dispute, returned, taken
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    HOUR,
    LISTING_ID,
    MINUTE,
    OPERATOR,
    PRICE,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    cancelled,
    captured,
    completed,
    declined,
    on_offer,
    payable,
    payment_id,
    place_hold,
    requested,
    start_payment,
)
from tests.unit.lives.life import Ask, Life
from tests.unit.story import T0, Given, Step, Story

BOOKING = booking_id()
RUN_ID = UUID("0198a000-0000-7000-8000-000000000021")
LATER = Cell(STARTS_AT + DAY, ENDS_AT + DAY, 10)
ACCEPTED = "*Accepted* is confirmed, while the money that was set aside is taken. "
HOLD_OVER = T0 + 2 * HOUR
ANSWER_OVER = T0 + 25 * HOUR


def state_of(booking: Booking) -> str:
    """The status, told apart by what is under way."""
    match booking.status:
        case "awaiting_payment" if not booking.payment_open:
            return "payment failed"
        case "confirmed" if booking.capturing:
            return "accepted"
        case "confirmed" if booking.contested:
            return "disputed"
        case "confirmed" if booking.pending_change:
            return "change being paid" if booking.payment_open else "change held"
        case status:
            return status.replace("_", " ")


def bookings(mode: BookingMode) -> Life:
    by_request = mode == "request"
    held: list[Given] = [Step(place_hold(quantity=2), TRAVELLER)]
    paying: list[Given] = [*held, Step(start_payment(), TRAVELLER)]
    asked: list[Given] = [*requested(quantity=2)]
    yes: list[Given] = [*asked, Step(AcceptBooking(BOOKING), VENDOR)]
    bought: list[Given] = [yes if by_request else paying, Step(captured(minor=2 * PRICE, seen=True))]
    changing: list[Given] = [bought, Step(RescheduleBooking(BOOKING, quantity=3), TRAVELLER)]
    waiting: dict[str, Given] = {
        "awaiting vendor": asked,
        "accepted": yes,
        "declined": [asked, Step(DeclineBooking(BOOKING, "the boat is broken"), VENDOR)],
    }
    return Life(
        title=f"Booking, {'where the vendor must agree' if by_request else 'booked at once'}",
        about=(
            f"A departure for two. {ACCEPTED if by_request else ''}A change that costs more is *held* until the"
            " difference is paid; *disputed* is confirmed with money in a bank's hands."
        ),
        kind=Booking,
        stream_id=BOOKING,
        state_of=state_of,
        before=[
            on_offer(booking_mode=mode),
            Step(OpenDepartures(UUID(int=7), LISTING_ID, (LATER,)), VENDOR),
            payable(),
        ],
        examples={
            "held": held,
            "awaiting payment": paying,
            "payment failed": [paying, Step(declined())],
            **(waiting if by_request else {}),
            "confirmed": bought,
            "change held": changing,
            "change being paid": [changing, Step(start_payment(2, booking=1), TRAVELLER)],
            "disputed": [bought, Step(dispute("needs_response", taken(2 * PRICE), minor=2 * PRICE))],
            "completed": [bought, completed()],
            "cancelled": [bought, cancelled()],
            "expired": [paying, Step(ExpireBooking(BOOKING), at=HOLD_OVER)],
            "no show": [bought, Step(RecordNoShow(BOOKING), VENDOR, STARTS_AT)],
        },
        asks=(*BUYING, *ANSWERING, *CHANGING, *ENDING, *MONEY),
    )


def news(status: IntentStatus, **more: Any) -> Callable[[Story], RecordPayment]:
    """What Stripe says of the payment that the booking waits for, or waited for last."""

    def said(story: Story) -> RecordPayment:
        facts = more
        booking = replay(story.log.stream(BOOKING))
        payment = (booking.payment_id if isinstance(booking, Booking) else None) or payment_id()
        minor = booking.due_minor if isinstance(booking, Booking) else PRICE
        moved = {"succeeded": "received_minor", "requires_capture": "capturable_minor"}
        if status in moved:
            facts = {**more, moved[status]: minor}
        number = int(str(payment)[-12:])
        intent = Intent(f"pi_{number}", status, currency="EUR", charge_id=f"ch_{number}", **facts)
        return RecordPayment(payment, intent)

    return said


BUYING = (
    Ask(place_hold(quantity=2), TRAVELLER, begins=True),
    Ask(start_payment(9, booking=1), TRAVELLER),
    Ask(start_payment(9, booking=1), TRAVELLER, "the hold is over", HOLD_OVER),
    Ask(news("requires_capture"), words="set aside"),
    Ask(news("succeeded"), words="captured"),
    Ask(news("succeeded"), words="captured when it has begun", at=STARTS_AT),
    Ask(news("requires_payment_method", error_code="card_declined"), words="failed"),
    Ask(news("canceled"), words="voided"),
    Ask(RemindBooking(BOOKING, "payment"), words="the hold is nearly over", at=T0 + 11 * MINUTE),
    Ask(ExpireBooking(BOOKING)),
    Ask(ExpireBooking(BOOKING), words="the hold is over", at=HOLD_OVER),
)
ANSWERING = (
    Ask(AcceptBooking(BOOKING), VENDOR),
    Ask(AcceptBooking(BOOKING), VENDOR, "too late", ANSWER_OVER),
    Ask(AcceptBooking(BOOKING), TRAVELLER, "by the traveller"),
    Ask(DeclineBooking(BOOKING, "no"), VENDOR),
    Ask(RemindBooking(BOOKING, "answer"), words="the time to answer is nearly over", at=T0 + 21 * HOUR),
    Ask(LapseRequest(BOOKING)),
    Ask(LapseRequest(BOOKING), words="the time to answer is over", at=ANSWER_OVER),
)
CHANGING = (
    Ask(RescheduleBooking(BOOKING, quantity=2), TRAVELLER, "as it is"),
    Ask(RescheduleBooking(BOOKING, quantity=4), TRAVELLER, "more guests"),
    Ask(RescheduleBooking(BOOKING, quantity=1), TRAVELLER, "fewer guests"),
    Ask(RescheduleBooking(BOOKING, starts_at=LATER.starts_at), TRAVELLER, "other times"),
    Ask(RescheduleBooking(BOOKING, starts_at=LATER.starts_at), OPERATOR, "other times, by an operator"),
    Ask(RescheduleBooking(BOOKING, quantity=4), TRAVELLER, "it has begun", STARTS_AT),
    Ask(RescheduleBooking(BOOKING, quantity=1), VENDOR, "by the vendor"),
    Ask(ExpireChange(BOOKING)),
    Ask(ExpireChange(BOOKING), words="the change is over", at=HOLD_OVER),
    Ask(CancelPart(BOOKING, Part(quantity=1)), TRAVELLER),
    Ask(CancelPart(BOOKING, Part(quantity=1)), TRAVELLER, "it has begun", STARTS_AT),
)
ENDING = (
    Ask(RemindBooking(BOOKING, "trip"), words="the trip is near", at=STARTS_AT - 23 * HOUR),
    Ask(CancelBooking(BOOKING), TRAVELLER),
    Ask(CancelBooking(BOOKING), TRAVELLER, "it has begun", STARTS_AT),
    Ask(CancelBooking(BOOKING), VENDOR, "by the vendor"),
    Ask(CancelBooking(BOOKING), OPERATOR, "by an operator"),
    Ask(
        CancelAffectedBooking(RUN_ID, BOOKING),
        before=(
            Step(StartDepartureCancellation(RUN_ID, LISTING_ID, STARTS_AT, STARTS_AT + TICK, "Storm", 1), OPERATOR),
        ),
    ),
    Ask(RecordNoShow(BOOKING), VENDOR, "not begun"),
    Ask(RecordNoShow(BOOKING), VENDOR, "it has begun", STARTS_AT),
    Ask(CompleteBooking(BOOKING), VENDOR, "not ended"),
    Ask(CompleteBooking(BOOKING), VENDOR, "it has ended", ENDS_AT + timedelta(seconds=1)),
)
MONEY = (
    Ask(RefundPayment(UUID(int=8), payment_id(), Money(10_00, "EUR"), "a leak", "vendor"), OPERATOR, "of a part"),
    Ask(RefundPayment(UUID(int=8), payment_id(), None, "a leak", "vendor"), OPERATOR, "of all"),
    Ask(dispute("needs_response", taken(2 * PRICE), minor=2 * PRICE), words="opened"),
    Ask(dispute("lost", taken(2 * PRICE), minor=2 * PRICE), words="lost"),
    Ask(dispute("won", taken(2 * PRICE), returned(2 * PRICE), minor=2 * PRICE), words="won"),
)
LIVES = (bookings("instant"), bookings("request"))
