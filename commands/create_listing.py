"""Create a listing."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.listing import ANSWER_WITHIN, Listing
from domain.listing_events import BookingMode, Kind
from domain.money import Money
from domain.refusal import NotAllowed
from domain.terms import Terms


@dataclass(frozen=True, slots=True)
class CreateListing:
    """`check_in` and `check_out` are for stays only."""

    listing_id: UUID
    title: str
    description: str
    kind: Kind
    time_zone: str
    price: Money
    terms: Terms
    draft: bool
    place: str = ""
    check_in: str = "15:00"
    check_out: str = "11:00"
    booking_mode: BookingMode = "instant"
    answer_within: str = ANSWER_WITHIN


async def create_listing(command: CreateListing, work: Work) -> Listing:
    if work.by.role != "vendor" or work.by.account_id is None:
        raise NotAllowed
    work.need(work.by.account_id)
    return work.add(
        Listing.create(
            listing_id=command.listing_id,
            vendor_id=work.by.account_id,
            title=command.title,
            description=command.description,
            kind=command.kind,
            time_zone=command.time_zone,
            price=command.price,
            terms=command.terms,
            draft=command.draft,
            now=await work.now(),
            place=command.place,
            check_in=command.check_in,
            check_out=command.check_out,
            booking_mode=command.booking_mode,
            answer_within=command.answer_within,
        )
    )
