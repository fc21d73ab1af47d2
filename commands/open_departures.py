"""Open departures of a listing: one, or a series by a recurrence rule. Each is one cell with a capacity."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.access import my_listing
from commands.work import Work
from domain.capacity import Cell
from domain.opening import Opening
from domain.recurrence import Recurrence


@dataclass(frozen=True, slots=True)
class OpenDepartures:
    opening_id: UUID
    listing_id: UUID
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class OpenSeries:
    """Departures like the first one, `[starts_at, ends_at)`, whenever `rrule` says (RFC 5545)."""

    opening_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    capacity: int
    rrule: str


async def open_departures(command: OpenDepartures, work: Work) -> Opening:
    return await _open(work, command.opening_id, command.listing_id, command.cells)


async def open_series(command: OpenSeries, work: Work) -> Opening:
    """Raises InvalidRecurrence, TooManyCells."""
    listing = await my_listing(work, command.listing_id)
    lasts = command.ends_at - command.starts_at
    starts = Recurrence.read(command.rrule).starts(command.starts_at, listing.time_zone)
    cells = tuple(Cell(starts_at, starts_at + lasts, command.capacity) for starts_at in starts)
    return await _open(work, command.opening_id, command.listing_id, cells)


async def _open(work: Work, opening_id: UUID, listing_id: UUID, cells: tuple[Cell, ...]) -> Opening:
    listing = await my_listing(work, listing_id)
    listing.check_kind("departure")
    opening = work.add(Opening.open(opening_id=opening_id, listing=listing, cells=cells, now=await work.now()))
    work.change(opening.as_capacity())
    return opening
