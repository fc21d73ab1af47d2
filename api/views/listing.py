"""A listing as everybody sees it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from pydantic import BaseModel

from api.views.money import MoneyView, money
from domain.listing import Listing
from queries.listings import ListingRow


class ListingView(BaseModel):
    id: UUID
    vendor_id: UUID
    title: str
    description: str
    kind: str
    time_zone: str
    price: MoneyView
    booking_mode: Literal["instant"] = "instant"
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
        kind=listing.kind,
        time_zone=listing.time_zone,
        price=money(listing.price_minor, listing.currency),
        terms=listing.terms if isinstance(listing, ListingRow) else msgspec.to_builtins(listing.terms),
        status=listing.status,
        version=listing.version,
        created_at=listing.created_at if isinstance(listing, ListingRow) else listing.created_on,
    )
