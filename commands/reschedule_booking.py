"""Give a confirmed booking other times or another number of places; what costs more waits for its payment."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from commands.access import cancels_as, my_booking
from commands.booking_money import settle
from commands.pending_change import drop_change
from commands.trips import departure, nights, stay
from commands.work import Work
from domain.booking import Booking, Trip
from domain.capacity import TakeClaim
from domain.listing import Listing
from domain.refusal import NotAllowed


@dataclass(frozen=True, slots=True)
class RescheduleBooking:
    """What is None stays as it is. Nights are those of a stay, both included."""

    booking_id: UUID
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    first_night: date | None = None
    last_night: date | None = None
    quantity: int | None = None
    if_version: int | None = None


async def reschedule_booking(command: RescheduleBooking, work: Work) -> Booking:
    if work.by.role == "vendor":
        raise NotAllowed
    booking = await my_booking(work, command.booking_id, command.if_version)
    listing = await work.get(Listing, booking.listing_id)
    now, by = await work.now(), cancels_as(work)
    trip = await _wanted(command, booking, listing, work)
    booking.check_changeable(now=now)
    await drop_change(work, booking, "replaced")
    before = booking.version
    outcome = booking.reschedule(trip, listing=listing, by=by, hold_for=work.policy.hold_for, now=now)
    if booking.pending_change is not None:
        _hold_extras(booking, work)
    elif booking.version != before:
        work.change(booking.as_moved())
    if outcome is not None:
        await settle(work, booking, outcome, "part_cancelled", at_fault=by)
    return booking


async def _wanted(command: RescheduleBooking, booking: Booking, listing: Listing, work: Work) -> Trip:
    quantity = command.quantity or booking.quantity
    starts_at, ends_at = command.starts_at or booking.starts_at, command.ends_at or booking.ends_at
    if command.first_night or command.last_night:
        return nights(listing, booking.trip, command.first_night, command.last_night, quantity)
    if listing.kind == "stay":
        return stay(listing, starts_at, ends_at, quantity)
    moved = command.starts_at or command.ends_at
    if not moved:
        return Trip(starts_at, ends_at, 1, quantity)
    return await departure(work, listing, starts_at, command.ends_at, quantity)


def _hold_extras(booking: Booking, work: Work) -> None:
    """One change counts as one hold of its traveller, however many ranges it needs."""
    change = booking.pending_change
    assert change is not None
    for n, extra in enumerate(change.extras):
        work.change(
            TakeClaim(
                extra.claim_id,
                booking.listing_id,
                extra.starts_at,
                extra.ends_at,
                extra.quantity,
                change.expires_at,
                extra.cells,
                None if n else booking.traveller_id,
                None if n else work.policy.holds_max,
            )
        )
