"""Complete a booking that has ended: the vendor has earned its share."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import my_booking
from commands.vendor_money import earn
from commands.work import Work
from domain.booking import Booking
from domain.money import platform_share_minor
from domain.refusal import NotAllowed


@dataclass(frozen=True, slots=True)
class CompleteBooking:
    booking_id: UUID
    if_version: int | None = None


async def complete_booking(command: CompleteBooking, work: Work) -> Booking:
    booking = await my_booking(work, command.booking_id, command.if_version)
    if work.by.role == "traveller":
        raise NotAllowed
    if booking.complete(now=await work.now()):
        platform = platform_share_minor(booking.price_minor, booking.commission_bp)
        await earn(work, booking, "completed", booking.price_minor - platform)
    return booking
