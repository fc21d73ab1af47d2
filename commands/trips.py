"""What a client asks for, as the trip that a listing has on offer."""

from datetime import date, datetime

from commands.work import Work
from domain.booking import Trip
from domain.listing import Listing
from domain.refusal import Refusal


class NoSuchDeparture(Refusal):
    """The listing has no departure at that time."""


async def departure(work: Work, listing: Listing, starts_at: datetime, ends_at: datetime | None, quantity: int) -> Trip:
    """The departure that begins then (and ends then, if given). Raises NoSuchDeparture."""
    cell = await work.cell(listing.id, starts_at, ends_at)
    if cell is None:
        raise NoSuchDeparture
    return Trip(cell.starts_at, cell.ends_at, 1, quantity)


def stay(listing: Listing, starts_at: datetime, ends_at: datetime, quantity: int) -> Trip:
    """From a check-in to a check-out. Raises NotNights, StayTooLong."""
    return Trip(starts_at, ends_at, listing.cells_between(starts_at, ends_at), quantity)


def nights(listing: Listing, now: Trip, first_night: date | None, last_night: date | None, quantity: int) -> Trip:
    """Other nights of a stay; the one that is None stays as it is. Raises WrongKind, NotNights, StayTooLong."""
    first, last = listing.stay_times.nights(now.starts_at, now.ends_at)
    first, last = first_night or first, last_night or last
    return Trip(*listing.stay_range(first, last), (last - first).days + 1, quantity)


def night_range(listing: Listing, first_night: date, last_night: date, quantity: int) -> Trip:
    """These nights, both included. Raises WrongKind, NotNights, StayTooLong."""
    return Trip(*listing.stay_range(first_night, last_night), (last_night - first_night).days + 1, quantity)
