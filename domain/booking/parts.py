"""What remains of a trip when a part of it is cancelled."""

from dataclasses import replace
from datetime import date, timedelta

from domain.booking.refusals import NotAPart
from domain.booking.values import Part, Trip
from domain.listing import Listing

_DAY = timedelta(days=1)


def remaining(trip: Trip, part: Part, listing: Listing) -> Trip:
    """Fewer guests or units, or the nights before or after those cancelled. Raises NotAPart."""
    if part.quantity is not None:
        if not 0 < part.quantity < trip.quantity:
            raise NotAPart
        return replace(trip, quantity=trip.quantity - part.quantity)
    assert part.first_night is not None
    assert part.last_night is not None
    if listing.kind != "stay":
        raise NotAPart("Only a stay has nights.")
    return _other_nights(trip, part.first_night, part.last_night, listing)


def _other_nights(trip: Trip, first_night: date, last_night: date, listing: Listing) -> Trip:
    starts_at, ends_at = listing.stay_range(first_night, last_night)
    cells = trip.cells - listing.cells_between(starts_at, ends_at)
    if cells > 0 and starts_at == trip.starts_at:
        return replace(trip, starts_at=listing.stay_range(last_night + _DAY, last_night + _DAY)[0], cells=cells)
    if cells > 0 and ends_at == trip.ends_at:
        return replace(trip, ends_at=listing.stay_range(first_night - _DAY, first_night - _DAY)[1], cells=cells)
    raise NotAPart
