"""Complete a booking that has ended: the vendor has earned its share."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import as_host
from commands.booking_money import settle
from commands.pending_change import drop_change
from commands.work import Work
from domain.booking import Booking


@dataclass(frozen=True, slots=True)
class CompleteBooking:
    booking_id: UUID
    if_version: int | None = None


async def complete_booking(command: CompleteBooking, work: Work) -> Booking:
    booking = await as_host(work, command.booking_id, command.if_version)
    outcome = booking.complete(now=await work.now())
    if outcome is not None:
        await settle(work, booking, outcome, "completed", at_fault="platform")
        await drop_change(work, booking, "withdrawn")
    return booking
