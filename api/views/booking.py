"""A booking as its traveller, its vendor and staff see it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel

from api.views.money import MoneyView, money
from domain.booking import Booking
from queries.bookings import BookingRow


class BookingView(BaseModel):
    id: UUID
    listing_id: UUID
    vendor_id: UUID
    traveller_id: UUID
    status: str
    starts_at: datetime
    ends_at: datetime
    quantity: int
    price: MoneyView
    refunded: MoneyView
    terms: dict[str, Any]
    expires_at: datetime | None
    payment_id: UUID | None
    version: int
    created_at: datetime


def booking_view(booking: Booking | BookingRow) -> BookingView:
    """Nothing has been sent back by the time a command answers: a refund is a task, and done later."""
    row = booking if isinstance(booking, BookingRow) else None
    return BookingView(
        id=booking.id,
        listing_id=booking.listing_id,
        vendor_id=booking.vendor_id,
        traveller_id=booking.traveller_id,
        status=booking.status,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        quantity=booking.quantity,
        price=money(booking.price_minor, booking.currency),
        refunded=money(row.refunded_minor if row else 0, booking.currency),
        terms=booking.terms if isinstance(booking, BookingRow) else msgspec.to_builtins(booking.terms),
        expires_at=booking.expires_at if booking.status in {"held", "awaiting_payment"} else None,
        payment_id=booking.payment_id,
        version=booking.version,
        created_at=booking.created_at if isinstance(booking, BookingRow) else booking.created_on,
    )
