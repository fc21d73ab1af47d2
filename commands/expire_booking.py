"""Let go of what was held and not paid in time: a booking, or a change of one."""

from dataclasses import dataclass
from uuid import UUID

from commands.pending_change import drop_change
from commands.work import Work
from domain.booking import Booking
from domain.capacity import FreeClaim
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class ExpireBooking:
    booking_id: UUID


async def expire_booking(command: ExpireBooking, work: Work) -> Booking:
    booking = await work.get(Booking, command.booking_id)
    now = await work.now()
    if booking.expire(now=now):
        work.change(FreeClaim(booking.id, booking.listing_id))
        if booking.payment_open and booking.payment_id is not None:
            payment = await work.get(Payment, booking.payment_id)
            payment.request_void(reason="hold expired", now=now)
    return booking


@dataclass(frozen=True, slots=True)
class ExpireChange:
    booking_id: UUID


async def expire_change(command: ExpireChange, work: Work) -> Booking:
    booking = await work.get(Booking, command.booking_id)
    if booking.change_run_out(now=await work.now()):
        await drop_change(work, booking, "expired")
    return booking
