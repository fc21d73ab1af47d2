"""Cancel a booking by its terms: places given back, money refunded, the rest earned, in one append."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import cancels_as, my_booking
from commands.vendor_money import earn
from commands.work import Work
from domain.booking import Booking, Preview
from domain.capacity import FreeClaim
from domain.ids import derived_id
from domain.payment import Funding, Payment


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """`agreed` is a preview that was promised and signed; without it the terms decide as of now."""

    booking_id: UUID
    reason: str = ""
    agreed: Preview | None = None
    if_version: int | None = None


async def cancel_booking(command: CancelBooking, work: Work) -> Booking:
    booking = await my_booking(work, command.booking_id, command.if_version)
    now = await work.now()
    was_paid = booking.status == "confirmed"
    by = cancels_as(work)
    outcome = booking.cancel(by=by, reason=command.reason, now=now, agreed=command.agreed)
    work.change(FreeClaim(booking.id))
    if booking.payment_id is not None:
        payment = await work.get(Payment, booking.payment_id)
        if was_paid and outcome.refund_minor:
            payment.request_refund(
                refund_id=derived_id("refund", payment.id, "cancelled"),
                funding=Funding(unearned_minor=outcome.refund_minor),
                reason=outcome.clause,
                at_fault=by,
                now=now,
            )
        elif not was_paid:
            payment.request_void(reason="booking cancelled", now=now)
    if outcome.vendor_share_minor:
        await earn(work, booking, "cancelled", outcome.vendor_share_minor)
    return booking
