"""Remind of what comes near to a booking: the schedule asks, the booking decides whether it still matters."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.booking import Booking
from domain.booking.reminding import Reminder


@dataclass(frozen=True, slots=True)
class RemindBooking:
    booking_id: UUID
    what: Reminder


async def remind_booking(command: RemindBooking, work: Work) -> Booking:
    booking = await work.get(Booking, command.booking_id)
    booking.remind(command.what, now=await work.now())
    return booking
