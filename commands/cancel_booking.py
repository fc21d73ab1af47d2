"""Cancel a booking by its terms: places given back, money refunded, the rest earned, in one append."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import cancels_as, my_booking
from commands.booking_money import settle
from commands.pending_change import drop_change
from commands.work import Work
from domain.booking import Booking, Preview
from domain.capacity import FreeClaim
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """`agreed` is a preview that was promised and signed; without it the terms decide as of now."""

    booking_id: UUID
    reason: str = ""
    agreed: Preview | None = None
    if_version: int | None = None


async def cancel_booking(command: CancelBooking, work: Work) -> Booking:
    booking = await my_booking(work, command.booking_id, command.if_version)
    now, by = await work.now(), cancels_as(work)
    was_paid = booking.paid
    outcome = booking.cancel(by=by, reason=command.reason, now=now, agreed=command.agreed)
    work.change(FreeClaim(booking.id, booking.listing_id))
    if was_paid:
        await settle(work, booking, outcome, "cancelled", at_fault=by)
    elif booking.payment_id is not None:
        payment = await work.get(Payment, booking.payment_id)
        payment.request_void(reason="booking cancelled", now=now)
    await drop_change(work, booking, "withdrawn")
    return booking
