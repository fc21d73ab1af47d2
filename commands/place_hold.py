"""Hold places for a traveller: the booking begins, unpaid, and runs out by itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.work import Work
from domain.booking import Booking
from domain.listing import Listing
from domain.refusal import NotAllowed, Refusal


class NoSuchDeparture(Refusal):
    """The listing has no departure at that time."""


@dataclass(frozen=True, slots=True)
class PlaceHold:
    booking_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    quantity: int


async def place_hold(command: PlaceHold, work: Work) -> Booking:
    if work.by.role != "traveller" or work.by.account_id is None:
        raise NotAllowed
    listing = await work.get(Listing, command.listing_id)
    cell = await work.cell(command.listing_id, command.starts_at, command.ends_at)
    if cell is None:
        raise NoSuchDeparture
    booking = work.add(
        Booking.hold(
            booking_id=command.booking_id,
            listing=listing,
            cell=cell,
            traveller_id=work.by.account_id,
            quantity=command.quantity,
            commission_bp=work.policy.commission_bp,
            hold_for=work.policy.hold_for,
            now=await work.now(),
        )
    )
    work.change(booking.as_held())
    return booking
