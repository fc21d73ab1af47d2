"""Hold places for a traveller: the booking begins, unpaid, and runs out by itself."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from commands.trips import departure, night_range, stay
from commands.work import Work
from domain.booking import Booking, Trip
from domain.listing import Listing, WrongKind
from domain.refusal import NotAllowed
from domain.stay import NotNights


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """A departure by its start; a stay by its nights, both included, or by check-in and check-out."""

    booking_id: UUID
    listing_id: UUID
    starts_at: datetime | None
    ends_at: datetime | None
    quantity: int
    first_night: date | None = None
    last_night: date | None = None


async def place_hold(command: PlaceHold, work: Work) -> Booking:
    if work.by.role != "traveller" or work.by.account_id is None:
        raise NotAllowed
    if command.starts_at is not None:
        work.foresee_cell(command.listing_id, command.starts_at, command.ends_at)
    listing = await work.get(Listing, command.listing_id)
    booking = work.add(
        Booking.hold(
            booking_id=command.booking_id,
            listing=listing,
            trip=await _wanted(command, listing, work),
            traveller_id=work.by.account_id,
            commission_bp=work.policy.commission_bp,
            hold_for=work.policy.hold_for,
            now=await work.now(),
        )
    )
    work.need(work.by.account_id, listing.vendor_id)
    work.change(booking.as_held(holds_max=work.policy.holds_max))
    return booking


async def _wanted(command: PlaceHold, listing: Listing, work: Work) -> Trip:
    if command.first_night is not None and command.last_night is not None:
        return night_range(listing, command.first_night, command.last_night, command.quantity)
    if command.starts_at is None:
        raise WrongKind
    if listing.kind == "departure":
        return await departure(work, listing, command.starts_at, command.ends_at, command.quantity)
    if command.ends_at is None:
        raise NotNights
    return stay(listing, command.starts_at, command.ends_at, command.quantity)
