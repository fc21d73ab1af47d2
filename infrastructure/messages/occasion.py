"""What a message is about: the event that caused it, and the booking and listing as they were then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.booking import Booking
from domain.listing import Listing
from domain.root import Event, replay
from infrastructure.messages.catalogue import Message
from infrastructure.messages.clauses import clause_in
from infrastructure.messages.speech import Speech


@dataclass(frozen=True, slots=True)
class Occasion:
    """`before` is the booking just before the event, `booking` just after it. Account letters have only an instant."""

    at: datetime
    event: Event | None = None
    booking: Booking | None = None
    before: Booking | None = None
    listing: Listing | None = None


def occasion_of(stream: Callable[[UUID], Sequence[Event]], stream_id: UUID, version: int) -> Occasion:
    """The occasion of one event, from the log itself: read models may lag, and say how things are, not how they were.

    `stream` gives the events of a stream in their order.
    """
    events = stream(stream_id)
    event, after = events[version - 1], replay(events[:version])
    assert event.originator_version == version, (stream_id, version)
    if isinstance(after, Booking):
        before = replay(events[: version - 1])
        assert before is None or isinstance(before, Booking)
        return Occasion(event.timestamp, event, after, before, _listing(stream, after))
    # A payment's events do not all say which booking it is for; the payment does.
    booking_id = getattr(event, "booking_id", None) or getattr(after, "booking_id", None)
    if booking_id is None:
        return Occasion(event.timestamp, event)
    booking = replay(stream(booking_id))
    assert isinstance(booking, Booking), booking_id
    return Occasion(event.timestamp, event, booking, None, _listing(stream, booking))


def _listing(stream: Callable[[UUID], Sequence[Event]], booking: Booking) -> Listing:
    listing = replay(stream(booking.listing_id))
    assert isinstance(listing, Listing), booking.listing_id
    return listing


def concerns(message: Message, occasion: Occasion) -> bool:
    """A vendor who was neither paid nor asked never heard of the booking, and need not hear of its end."""
    if message.kind != "sale_cancelled":
        return True
    event: Any = occasion.event
    assert occasion.booking is not None
    return event.was_paid or occasion.booking.asked_at is not None


def values_of(occasion: Occasion, say: Speech) -> dict[str, Any]:
    """All that the words of a message may use: the facts of the booking and of the event, said in a language."""
    zone = occasion.listing.time_zone if occasion.listing else "UTC"
    values: dict[str, Any] = {"at": say.instant(occasion.at, zone)}
    booking, event = occasion.booking, occasion.event
    if booking is not None and occasion.listing is not None:
        values |= {
            "title": occasion.listing.title,
            "booking_id": booking.id,
            "starts_at": say.instant(booking.starts_at, zone),
            "starts_on": say.day(booking.starts_at, zone),
            "ends_at": say.instant(booking.ends_at, zone),
            "places": say.places(booking.quantity),
            "price": say.money(booking.price_minor, booking.currency),
        }
    if event is not None:
        currency = getattr(event, "currency", booking.currency if booking else "")
        values |= {name: _said(say, name, value, zone, currency) for name, value in vars(event).items()}
        values = {name.removesuffix("_minor"): value for name, value in values.items()}
    outcome = getattr(event, "outcome", None)
    values["refund"], values["clause"] = None, None
    if outcome is not None and booking is not None:
        terms = [known.terms for known in (occasion.before, booking) if known is not None]
        values["refund"] = say.money(outcome.refund_minor, booking.currency) if outcome.refund_minor else None
        values["clause"] = clause_in(say, outcome.clause, terms, booking.currency)
    return values


def _said(say: Speech, name: str, value: Any, zone: str, currency: str) -> Any:
    if isinstance(value, datetime):
        return say.instant(value, zone)
    if name.endswith("_minor"):
        return say.money(value, currency) if value else None
    return value
