"""Bookings, one row each."""

from collections.abc import Iterator

from domain.booking import Booking
from domain.payment import Payment
from domain.root import Event
from projections.change import Add, Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"booking_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case Booking.Held() as e:
            yield Put(
                "booking",
                key,
                {
                    "listing_id": e.listing_id,
                    "vendor_id": e.vendor_id,
                    "traveller_id": e.traveller_id,
                    "status": "held",
                    "starts_at": e.starts_at,
                    "ends_at": e.ends_at,
                    "quantity": e.quantity,
                    "price_minor": e.price_minor,
                    "currency": e.currency,
                    "commission_bp": e.commission_bp,
                    "terms": e.terms,
                    "expires_at": e.expires_at,
                    "created_at": e.timestamp,
                    **version,
                },
            )
        case Booking.PaymentStarted() as e:
            payment = {"payment_id": e.payment_id, "expires_at": e.expires_at}
            yield Set("booking", key, {"status": "awaiting_payment", **payment, **version})
        case Booking.PaymentEnded():
            yield Set("booking", key, version)
        case Booking.Confirmed():
            yield Set("booking", key, {"status": "confirmed", "expires_at": None, **version})
        case Booking.Expired():
            yield Set("booking", key, {"status": "expired", **version})
        case Booking.Cancelled():
            yield Set("booking", key, {"status": "cancelled", "expires_at": None, **version})
        case Booking.Completed():
            yield Set("booking", key, {"status": "completed", **version})
        case Payment.RefundSucceeded() as e:
            yield Add("booking", {"booking_id": e.booking_id}, {"refunded_minor": e.amount_minor})
        case Payment.RefundFailed(had_succeeded=True) as e:
            yield Add("booking", {"booking_id": e.booking_id}, {"refunded_minor": -e.amount_minor})


BOOKINGS = Projection(
    "bookings",
    (
        Booking.Held,
        Booking.PaymentStarted,
        Booking.PaymentEnded,
        Booking.Confirmed,
        Booking.Expired,
        Booking.Cancelled,
        Booking.Completed,
        Payment.RefundSucceeded,
        Payment.RefundFailed,
    ),
    project,
    ("booking",),
)
