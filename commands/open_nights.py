"""Open nights of a stay: one cell a night, with as many units."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from commands.access import my_listing
from commands.work import Work
from domain.opening import Opening


@dataclass(frozen=True, slots=True)
class OpenNights:
    """From the first to the last night, both included, by the listing's own calendar."""

    opening_id: UUID
    listing_id: UUID
    first_night: date
    last_night: date
    capacity: int


async def open_nights(command: OpenNights, work: Work) -> Opening:
    """Raises WrongKind, NotNights, StayTooLong over 731 nights."""
    listing = await my_listing(work, command.listing_id)
    cells = listing.stay_times.cells(command.first_night, command.last_night, command.capacity)
    opening = work.add(Opening.open(opening_id=command.opening_id, listing=listing, cells=cells, now=await work.now()))
    work.change(opening.as_capacity())
    return opening
