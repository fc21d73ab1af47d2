"""Revise what a listing says: description, price, terms, booking mode. Bookings that were made keep what they have."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import my_listing
from commands.work import Work
from domain.listing import Listing
from domain.listing_events import BookingMode
from domain.money import Money
from domain.terms import Terms


@dataclass(frozen=True, slots=True)
class ReviseListing:
    """What is None stays as it is."""

    listing_id: UUID
    title: str | None = None
    description: str | None = None
    place: str | None = None
    price: Money | None = None
    terms: Terms | None = None
    booking_mode: BookingMode | None = None
    answer_within: str | None = None
    if_version: int | None = None


async def revise_listing(command: ReviseListing, work: Work) -> Listing:
    listing = await my_listing(work, command.listing_id, command.if_version)
    now = await work.now()
    listing.describe(
        title=_given(command.title, listing.title),
        description=_given(command.description, listing.description),
        place=_given(command.place, listing.place),
        now=now,
    )
    if command.price is not None:
        listing.change_price(command.price, now=now)
    if command.terms is not None:
        listing.change_terms(command.terms, now=now)
    listing.change_booking_mode(
        command.booking_mode or listing.booking_mode,
        answer_within=_given(command.answer_within, listing.answer_within),
        now=now,
    )
    return listing


def _given(text: str | None, present: str) -> str:
    return present if text is None else text
