"""A booking as its traveller, its vendor and staff see it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from api.views.money import MoneyView, money
from domain.booking import Booking
from queries.bookings import BookingRow


class PendingChangeView(BaseModel):
    starts_at: datetime
    ends_at: datetime
    quantity: int
    price: MoneyView = Field(description="What the booking will cost in all, if the change is made.")
    due: MoneyView = Field(description="What has to be paid before `expires_at` for the change to be made.")
    expires_at: datetime


class BookingView(BaseModel):
    id: UUID
    listing_id: UUID
    vendor_id: UUID
    traveller_id: UUID
    status: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    nights: int | None = Field(description="Of a stay.")
    quantity: int
    price: MoneyView
    refunded: MoneyView
    terms: dict[str, Any]
    expires_at: datetime | None
    answer_by: datetime | None = Field(description="The vendor has until then to accept.")
    payment_id: UUID | None
    pending_change: PendingChangeView | None = Field(description="A change that waits to be paid.")
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
        kind=booking.kind,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        nights=booking.cells if booking.kind == "stay" else None,
        quantity=booking.quantity,
        price=money(booking.price_minor, booking.currency),
        refunded=money(row.refunded_minor if row else 0, booking.currency),
        terms=booking.terms if isinstance(booking, BookingRow) else msgspec.to_builtins(booking.terms),
        expires_at=booking.expires_at if booking.status in {"held", "awaiting_payment"} else None,
        answer_by=booking.answer_by,
        payment_id=booking.payment_id,
        pending_change=_change_of_row(booking) if isinstance(booking, BookingRow) else _change(booking),
        version=booking.version,
        created_at=booking.created_at if isinstance(booking, BookingRow) else booking.created_on,
    )


def _change(booking: Booking) -> PendingChangeView | None:
    change = booking.pending_change
    if change is None:
        return None
    return PendingChangeView(
        starts_at=change.trip.starts_at,
        ends_at=change.trip.ends_at,
        quantity=change.trip.quantity,
        price=money(booking.price_minor + change.due_minor, booking.currency),
        due=money(change.due_minor, booking.currency),
        expires_at=change.expires_at,
    )


def _change_of_row(row: BookingRow) -> PendingChangeView | None:
    change = row.pending_change
    if change is None or row.change_expires_at is None:
        return None
    return PendingChangeView(
        starts_at=change["starts_at"],
        ends_at=change["ends_at"],
        quantity=change["quantity"],
        price=money(row.price_minor + change["due_minor"], row.currency),
        due=money(change["due_minor"], row.currency),
        expires_at=row.change_expires_at,
    )
