"""How far each booking got and when: what figures over time are counted from. Money is counted from the journal."""

from collections.abc import Iterator
from typing import Any, Final

from domain.booking import Booking
from domain.root import Event
from projections.change import Change, Projection, Put, Set

# What an event makes of a booking, and which instant of its life it is.
_STEPS: Final[dict[type[Event], tuple[str, str | None]]] = {
    Booking.PaymentStarted: ("awaiting_payment", None),
    Booking.Authorised: ("awaiting_vendor", None),
    Booking.Accepted: ("confirmed", "confirmed_at"),
    Booking.Confirmed: ("confirmed", "confirmed_at"),
    Booking.Declined: ("declined", "ended_at"),
    Booking.Expired: ("expired", "ended_at"),
    Booking.Cancelled: ("cancelled", "ended_at"),
    Booking.NoShowRecorded: ("no_show", "ended_at"),
    Booking.Completed: ("completed", "ended_at"),
}


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"booking_id": event.originator_id}
    match event:
        case Booking.Held() as e:
            facts = {"listing_id": e.listing_id, "currency": e.currency, "status": "held", "held_at": e.timestamp}
            yield Put("booking_milestone", key, facts)
        case _:
            status, instant = _STEPS[type(event)]
            values: dict[str, Any] = {"status": status}
            if instant is not None:
                values[instant] = event.timestamp
            if status == "confirmed":
                values["ended_at"] = None  # It had expired, and was paid after all.
            yield Set("booking_milestone", key, values)


ANALYTICS = Projection("analytics", (Booking.Held, *_STEPS), project, ("booking_milestone",))
