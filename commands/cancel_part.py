"""Cancel some guests or nights of a booking by its terms; the rest stays."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import cancels_as, my_booking
from commands.booking_money import settle
from commands.pending_change import drop_change
from commands.work import Work
from domain.booking import Booking, Part, Preview, remaining
from domain.listing import Listing


@dataclass(frozen=True, slots=True)
class CancelPart:
    """As `CancelBooking`; an agreed preview must be one of the same part."""

    booking_id: UUID
    part: Part
    reason: str = ""
    agreed: Preview | None = None
    if_version: int | None = None


async def cancel_part(command: CancelPart, work: Work) -> Booking:
    booking = await my_booking(work, command.booking_id, command.if_version)
    listing = await work.get(Listing, booking.listing_id)
    now, by = await work.now(), cancels_as(work)
    outcome = booking.cancel_part(
        command.part,
        remaining(booking.trip, command.part, listing),
        by=by,
        reason=command.reason,
        now=now,
        agreed=command.agreed,
    )
    work.change(booking.as_moved())
    await settle(work, booking, outcome, "part_cancelled", at_fault=by)
    await drop_change(work, booking, "withdrawn")
    return booking
