"""Open departures of a listing: each is one cell with a capacity."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import my_listing
from commands.work import Work
from domain.capacity import Cell
from domain.listing import Opening


@dataclass(frozen=True, slots=True)
class OpenDepartures:
    opening_id: UUID
    listing_id: UUID
    cells: tuple[Cell, ...]


async def open_departures(command: OpenDepartures, work: Work) -> Opening:
    listing = await my_listing(work, command.listing_id)
    opening = work.add(
        Opening.open(opening_id=command.opening_id, listing=listing, cells=command.cells, now=await work.now())
    )
    work.change(opening.as_capacity())
    return opening
