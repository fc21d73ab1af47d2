"""Create a listing."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.work import Work
from domain.listing import Listing
from domain.money import Money
from domain.refusal import NotAllowed
from domain.terms import Terms


@dataclass(frozen=True, slots=True)
class CreateListing:
    listing_id: UUID
    title: str
    description: str
    kind: Literal["departure"]
    time_zone: str
    price: Money
    terms: Terms
    draft: bool


async def create_listing(command: CreateListing, work: Work) -> Listing:
    if work.by.role != "vendor" or work.by.account_id is None:
        raise NotAllowed
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
        )
    )
