"""What each event of a booking does to the claims on capacity: the booking's own, and those of a change that waits."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from domain.booking import Booking
from domain.booking.buying_events import Held
from domain.booking.later_events import ChangeDropped, ChangeStarted, PartCancelled, Rescheduled, TopUpStarted
from domain.root import Event
from projections.change import Change, Put, Set, Values

_NO_HOLD: Final = {"expires_at": None, "traveller_id": None}
_SOLD: Final = {"state": "sold", **_NO_HOLD}
_FREED: Final = {"state": "freed", **_NO_HOLD}


def claims(event: Event) -> Iterator[Change]:
    """For events in CLAIM_EVENTS."""
    news = _OWN.get(type(event))
    if news is not None:
        yield Set("claim", {"booking_id": event.originator_id}, news(event))
    match event:
        case Booking.Held() as e:
            yield Put("claim", {"booking_id": e.originator_id}, _held(e))
        case Booking.ChangeStarted() as e:
            yield from _extras(e)
        case Booking.TopUpStarted() as e:
            yield from _each(e, {"expires_at": e.expires_at})
        case Booking.ChangeDropped() | Booking.Rescheduled() as e:
            yield from _each(e, _FREED)


def _held(e: Held) -> Values:
    what = {"listing_id": e.listing_id, "starts_at": e.starts_at, "ends_at": e.ends_at, "quantity": e.quantity}
    return {**what, "state": "held", "expires_at": e.expires_at, "traveller_id": e.traveller_id}


def _moved(e: PartCancelled | Rescheduled) -> Values:
    return {"starts_at": e.starts_at, "ends_at": e.ends_at, "quantity": e.quantity}


def _extras(e: ChangeStarted) -> Iterator[Change]:
    """All that a change holds counts as one hold of the traveller."""
    for n, extra in enumerate(e.extras):
        what = {"starts_at": extra.starts_at, "ends_at": extra.ends_at, "quantity": extra.quantity}
        held = {"state": "held", "expires_at": e.expires_at, "traveller_id": None if n else e.traveller_id}
        yield Put("claim", {"booking_id": extra.claim_id}, {"listing_id": e.listing_id, **what, **held})


def _each(e: TopUpStarted | ChangeDropped | Rescheduled, news: Values) -> Iterator[Change]:
    for claim_id in e.claim_ids:
        yield Set("claim", {"booking_id": claim_id}, news)


# What becomes of the booking's own claim.
_OWN: Final[dict[type[Event], Callable[[Any], Values]]] = {
    Booking.PaymentStarted: lambda e: {"expires_at": e.expires_at},
    Booking.Authorised: lambda e: {"state": "held", "expires_at": e.answer_by, "traveller_id": None},
    Booking.Accepted: lambda _: _SOLD,
    Booking.Confirmed: lambda _: _SOLD,
    Booking.Declined: lambda _: _FREED,
    Booking.Expired: lambda _: _FREED,
    Booking.Cancelled: lambda _: _FREED,
    Booking.PartCancelled: _moved,
    Booking.Rescheduled: _moved,
}
CLAIM_EVENTS: Final[tuple[type[Event], ...]] = (
    *_OWN,
    Booking.Held,
    Booking.ChangeStarted,
    Booking.TopUpStarted,
    Booking.ChangeDropped,
)
