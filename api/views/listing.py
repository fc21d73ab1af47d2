"""A listing as everybody sees it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from api.views.money import MoneyView, money
from domain.listing import Listing
from queries.listings import ListingRow


class ListingView(BaseModel):
    id: UUID
    vendor_id: UUID
    title: str
    description: str
    place: str
    kind: str
    time_zone: str
    check_in: str | None = Field(description="Local time from which guests may come; stays only.")
    check_out: str | None = Field(description="Local time by which guests must be out; stays only.")
    price: MoneyView = Field(description="Per seat, or per unit and night.")
    booking_mode: str
    answer_within: str | None = Field(description="How long the vendor has to answer a request; `request` only.")
    terms: dict[str, Any]
    status: str
    version: int
    created_at: datetime


def listing_view(listing: Listing | ListingRow) -> ListingView:
    return ListingView(
        id=listing.id,
        vendor_id=listing.vendor_id,
        title=listing.title,
        description=listing.description,
        place=listing.place,
        kind=listing.kind,
        time_zone=listing.time_zone,
        check_in=listing.check_in or None,
        check_out=listing.check_out or None,
        price=money(listing.price_minor, listing.currency),
        booking_mode=listing.booking_mode,
        answer_within=listing.answer_within if listing.booking_mode == "request" else None,
        terms=listing.terms if isinstance(listing, ListingRow) else msgspec.to_builtins(listing.terms),
        status=listing.status,
        version=listing.version,
        created_at=listing.created_at if isinstance(listing, ListingRow) else listing.created_on,
    )
