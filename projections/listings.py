"""Listings as travellers and vendors see them. Their availability is read from the capacity guard itself."""

from collections.abc import Iterator

from domain.listing import Listing
from domain.root import Event
from projections.change import Change, Projection, Put, Set

_STATUS = {
    Listing.Published: "published",
    Listing.Paused: "paused",
    Listing.Resumed: "published",
    Listing.Closed: "closed",
}


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"listing_id": event.originator_id}
    match event:
        case Listing.Created() as e:
            yield Put(
                "listing",
                key,
                {
                    "vendor_id": e.vendor_id,
                    "title": e.title,
                    "description": e.description,
                    "kind": e.kind,
                    "time_zone": e.time_zone,
                    "price_minor": e.price_minor,
                    "currency": e.currency,
                    "terms": e.terms,
                    "status": "draft",
                    "created_at": e.timestamp,
                    "version": e.originator_version,
                },
            )
        case _:
            yield Set("listing", key, {"status": _STATUS[type(event)], "version": event.originator_version})


LISTINGS = Projection("listings", (Listing.Created, *_STATUS), project, ("listing",))
