"""Listings as travellers and vendors see them. Their availability is read from the capacity guard itself."""

from collections.abc import Iterator

from domain.listing import Listing
from domain.listing_events import Created
from domain.root import Event
from projections.change import Change, Projection, Put, Set, Values

_STATUS = {
    Listing.Published: "published",
    Listing.Paused: "paused",
    Listing.Resumed: "published",
    Listing.Closed: "closed",
}


def project(event: Event, _position: int) -> Iterator[Change]:
    match event:
        case Listing.Created() as e:
            yield Put("listing", {"listing_id": e.originator_id}, _created(e))
        case Listing.Described() as e:
            yield _changed(e, {"title": e.title, "description": e.description, "place": e.place})
        case Listing.PriceChanged() as e:
            yield _changed(e, {"price_minor": e.price_minor})
        case Listing.TermsChanged() as e:
            yield _changed(e, {"terms": e.terms})
        case Listing.BookingModeChanged() as e:
            yield _changed(e, {"booking_mode": e.booking_mode, "answer_within": e.answer_within})
        case _:
            yield _changed(event, {"status": _STATUS[type(event)]})


def _changed(event: Event, values: Values) -> Set:
    return Set("listing", {"listing_id": event.originator_id}, {**values, "version": event.originator_version})


def _created(e: Created) -> Values:
    return {
        "vendor_id": e.vendor_id,
        "title": e.title,
        "description": e.description,
        "place": e.place,
        "kind": e.kind,
        "time_zone": e.time_zone,
        "check_in": e.check_in,
        "check_out": e.check_out,
        "price_minor": e.price_minor,
        "currency": e.currency,
        "terms": e.terms,
        "booking_mode": e.booking_mode,
        "answer_within": e.answer_within,
        "status": "draft",
        "created_at": e.timestamp,
        "version": e.originator_version,
    }


LISTINGS = Projection(
    "listings",
    (
        Listing.Created,
        Listing.Described,
        Listing.PriceChanged,
        Listing.TermsChanged,
        Listing.BookingModeChanged,
        *_STATUS,
    ),
    project,
    ("listing",),
)
