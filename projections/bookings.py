"""Bookings, one row each."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from domain.booking import Booking
from domain.booking.buying_events import Held
from domain.booking.later_events import ChangeStarted, PartCancelled, Rescheduled
from domain.payment import Payment
from domain.root import Event
from projections.change import Add, Change, Projection, Put, Set, Values


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"booking_id": event.originator_id}
    match event:
        case Booking.Held() as e:
            yield Put("booking", key, {**_held(e), "version": e.originator_version})
        case Payment.RefundSucceeded() | Payment.RefundOtherwisePaid() as e:
            yield Add("booking", {"booking_id": e.booking_id}, {"refunded_minor": e.amount_minor})
        case Payment.RefundFailed() as e:
            if e.had_succeeded:
                yield Add("booking", {"booking_id": e.booking_id}, {"refunded_minor": -e.amount_minor})
        case _:
            yield Set("booking", key, {**_NEWS[type(event)](event), "version": event.originator_version})


def _held(e: Held) -> dict[str, Any]:
    return {
        "listing_id": e.listing_id,
        "vendor_id": e.vendor_id,
        "traveller_id": e.traveller_id,
        "status": "held",
        "starts_at": e.starts_at,
        "ends_at": e.ends_at,
        "kind": e.kind,
        "cells": e.cells,
        "quantity": e.quantity,
        "price_minor": e.price_minor,
        "currency": e.currency,
        "commission_bp": e.commission_bp,
        "terms": e.terms,
        "expires_at": e.expires_at,
        "created_at": e.timestamp,
    }


def _trip(e: Rescheduled | PartCancelled) -> dict[str, Any]:
    return {
        "starts_at": e.starts_at,
        "ends_at": e.ends_at,
        "cells": e.cells,
        "quantity": e.quantity,
        "price_minor": e.price_minor,
    }


def _pending(e: ChangeStarted) -> dict[str, Any]:
    return {
        "starts_at": e.starts_at,
        "ends_at": e.ends_at,
        "quantity": e.quantity,
        "price_minor": e.price_minor,
        "due_minor": e.due_minor,
    }


_NO_CHANGE: Final = {"pending_change": None, "change_expires_at": None}
_NOTHING: Final[Values] = {}

# What each event changes of the row besides its version.
_NEWS: Final[dict[type[Event], Callable[[Any], Values]]] = {
    Booking.PaymentStarted: lambda e: {
        "status": "awaiting_payment",
        "payment_id": e.payment_id,
        "expires_at": e.expires_at,
    },
    Booking.PaymentEnded: lambda _: _NOTHING,
    Booking.Authorised: lambda e: {
        "status": "awaiting_vendor",
        "expires_at": None,
        "answer_by": e.answer_by,
        "asked_at": e.timestamp,
    },
    Booking.Accepted: lambda _: {"status": "confirmed", "answer_by": None},
    Booking.Declined: lambda _: {"status": "declined", "answer_by": None},
    Booking.Paid: lambda _: {"paid": True},
    Booking.Confirmed: lambda _: {"status": "confirmed", "expires_at": None, "paid": True},
    Booking.Expired: lambda _: {"status": "expired"},
    Booking.ChangeStarted: lambda e: {"pending_change": _pending(e), "change_expires_at": e.expires_at},
    Booking.TopUpStarted: lambda e: {"payment_id": e.payment_id, "change_expires_at": e.expires_at},
    Booking.ChangeDropped: lambda _: _NO_CHANGE,
    Booking.Rescheduled: lambda e: {**_trip(e), "terms": e.terms, **_NO_CHANGE},
    Booking.PartCancelled: _trip,
    Booking.Reduced: lambda e: {"price_minor": e.price_minor},
    Booking.Cancelled: lambda _: {"status": "cancelled", "expires_at": None, "answer_by": None},
    Booking.NoShowRecorded: lambda _: {"status": "no_show"},
    Booking.Completed: lambda _: {"status": "completed"},
    Booking.Reminded: lambda e: {f"{e.what}_reminded": e.about},
    Booking.Contested: lambda _: _NOTHING,
    Booking.ContestEnded: lambda e: {"price_minor": e.price_minor},
}

BOOKINGS = Projection(
    "bookings",
    (
        Booking.Held,
        *_NEWS,
        Payment.RefundSucceeded,
        Payment.RefundOtherwisePaid,
        Payment.RefundFailed,
    ),
    project,
    ("booking",),
)
