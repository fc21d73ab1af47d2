"""What a webhook says: read from the log at every sending, as it was at its event, the same each time.

A booking has the shape that it has over HTTP (api/views/booking.py); a test compares the two.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.booking import Booking
from domain.dispute import Dispute
from domain.payment import Payment
from domain.payout import Payout
from domain.refund import REACHED
from domain.root import Event, Root, replay
from infrastructure.event_codec import decode

_READ: Final = """
    SELECT originator_id, originator_version, topic, state FROM log.events_of(%s)
     WHERE notification_id <= %s ORDER BY originator_id, originator_version
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """The event that is told: of which stream, the how-manieth there, and its position."""

    stream_id: UUID
    version: int
    position: int


def payload(connection: Connection[TupleRow], kind: str, subject: Subject) -> bytes:
    """The body. Raises AssertionError if there is no such event."""
    events = _events(connection, [subject.stream_id], subject.position)
    thing = replay(events)
    assert thing is not None, subject
    assert thing.version == subject.version, subject
    facts = _shape(connection, thing, events, subject.position)
    return written(kind, events[-1].timestamp, {**facts, "position": subject.position})


def written(kind: str, at: datetime, facts: dict[str, Any]) -> bytes:
    """The body of any message (Standard Webhooks, "Payload structure")."""
    return msgspec.json.encode({"type": kind, "timestamp": _instant(at), "data": facts})


def _events(connection: Connection[TupleRow], stream_ids: list[UUID], upto: int) -> list[Event]:
    with connection.cursor(binary=True) as cursor:
        return [decode(*row) for row in cursor.execute(_READ, (stream_ids, upto)).fetchall()]


def _shape(connection: Connection[TupleRow], thing: Root, events: list[Event], upto: int) -> dict[str, Any]:
    match thing:
        case Booking():
            return booking_shape(thing, _refunded_minor(connection, events, upto))
        case Payout():
            return _payout_shape(thing)
        case Dispute():
            return _dispute_shape(thing)
    raise AssertionError(thing)


def _refunded_minor(connection: Connection[TupleRow], happened: list[Event], upto: int) -> int:
    """What had really gone back by then, of every payment that was ever begun for the booking."""
    payment_ids: set[UUID] = {e.payment_id for e in happened if getattr(e, "payment_id", None)}  # type: ignore[attr-defined]
    by_stream: dict[UUID, list[Event]] = {}
    for event in _events(connection, list(payment_ids), upto):
        by_stream.setdefault(event.originator_id, []).append(event)
    payments = (replay(events) for events in by_stream.values())
    return sum(
        refund.amount_minor
        for payment in payments
        if isinstance(payment, Payment)
        for refund in payment.refunds.values()
        if refund.status in REACHED
    )


def booking_shape(booking: Booking, refunded_minor: int) -> dict[str, Any]:
    return {
        "id": booking.id,
        "listing_id": booking.listing_id,
        "vendor_id": booking.vendor_id,
        "traveller_id": booking.traveller_id,
        "status": booking.status,
        "kind": booking.kind,
        "starts_at": _instant(booking.starts_at),
        "ends_at": _instant(booking.ends_at),
        "nights": booking.cells if booking.kind == "stay" else None,
        "quantity": booking.quantity,
        "price": _money(booking.price_minor, booking.currency),
        "refunded": _money(refunded_minor, booking.currency),
        "terms": msgspec.to_builtins(booking.terms),
        "expires_at": _instant(booking.expires_at) if booking.status in {"held", "awaiting_payment"} else None,
        "answer_by": _instant(booking.answer_by),
        "payment_id": booking.payment_id,
        "pending_change": _pending(booking),
        "version": booking.version,
        "created_at": _instant(booking.created_on),
    }


def _pending(booking: Booking) -> dict[str, Any] | None:
    change = booking.pending_change
    if change is None:
        return None
    return {
        "starts_at": _instant(change.trip.starts_at),
        "ends_at": _instant(change.trip.ends_at),
        "quantity": change.trip.quantity,
        "price": _money(booking.price_minor + change.due_minor, booking.currency),
        "due": _money(change.due_minor, booking.currency),
        "expires_at": _instant(change.expires_at),
    }


def _payout_shape(payout: Payout) -> dict[str, Any]:
    return {
        "id": payout.id,
        "vendor_id": payout.vendor_id,
        "status": payout.shown_status,
        "amount": _money(payout.amount_minor, payout.currency),
        "cadence": payout.cadence,
        "period_end": payout.period_end,
        "failure_code": payout.failure_code,
        "version": payout.version,
    }


def _dispute_shape(dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "booking_id": dispute.booking_id,
        "payment_id": dispute.payment_id,
        "vendor_id": dispute.vendor_id,
        "status": dispute.status,
        "withdrawn": _money(dispute.withdrawn_minor, dispute.withdrawn_currency or dispute.currency),
        "version": dispute.version,
    }


def _money(amount_minor: int, currency: str) -> dict[str, Any]:
    return {"amount": amount_minor, "currency": currency}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
