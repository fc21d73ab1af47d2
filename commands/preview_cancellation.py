"""What cancelling a booking, all of it or a part, would do now; nothing is written."""

from uuid import UUID

from commands.access import cancels_as, my_booking
from commands.work import Work
from domain.booking import Booking, Part, remaining
from domain.listing import Listing
from domain.terms import By, Outcome


async def preview_cancellation(work: Work, booking_id: UUID, part: Part | None) -> tuple[Booking, By, Outcome]:
    """The booking, in whose name it would be cancelled, and the outcome. Raises what the cancellation would."""
    booking = await my_booking(work, booking_id)
    by, now = cancels_as(work), await work.now()
    if part is None:
        return booking, by, booking.preview_cancellation(now=now, by=by)
    listing = await work.get(Listing, booking.listing_id)
    return booking, by, booking.preview_part(remaining(booking.trip, part, listing), now=now, by=by)
