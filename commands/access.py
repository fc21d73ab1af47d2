"""Whose a thing is: what is not yours does not exist for you."""

from uuid import UUID

from commands.work import Work
from domain.booking import Booking
from domain.listing import Listing
from domain.refusal import NotAllowed, NotFound
from domain.terms import By


async def my_booking(work: Work, booking_id: UUID, version: int | None = None) -> Booking:
    """A booking that the actor may change: the traveller's own, the vendor's listing's, or any for operators."""
    booking = await work.get(Booking, booking_id)
    by = work.by
    theirs = (by.role == "traveller" and booking.traveller_id == by.account_id) or (
        by.role == "vendor" and booking.vendor_id == by.account_id
    )
    if not (theirs or by.is_staff or by.is_system):
        raise NotFound
    if by.role in {"auditor", "finance"}:
        raise NotAllowed
    return await work.get(Booking, booking_id, version=version)


async def as_host(work: Work, booking_id: UUID, version: int | None = None) -> Booking:
    """A booking for those who speak for the one who is booked: its vendor, operators and the system."""
    if work.by.role == "traveller":
        await my_booking(work, booking_id)
        raise NotAllowed
    return await my_booking(work, booking_id, version)


async def my_listing(work: Work, listing_id: UUID, version: int | None = None) -> Listing:
    """A listing that the actor may change: the vendor's own."""
    listing = await work.get(Listing, listing_id)
    if work.by.role != "vendor" or listing.vendor_id != work.by.account_id:
        raise NotFound
    return await work.get(Listing, listing_id, version=version)


def cancels_as(work: Work) -> By:
    """In whose name the actor cancels, for the terms."""
    match work.by.role:
        case "traveller":
            return "traveller"
        case "vendor":
            return "vendor"
        case _:
            return "platform"
