"""What happens to a listing: described, priced, offered or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from domain.root import Event, FirstEvent
from domain.terms import Terms

if TYPE_CHECKING:
    from domain.listing import Listing

Kind = Literal["departure", "stay"]
BookingMode = Literal["instant", "request"]


class Created(FirstEvent):
    """A vendor described what it offers, at which price and terms."""

    TOPIC = "listing.created"
    class_version = 2
    vendor_id: UUID
    title: str
    description: str
    place: str
    kind: Kind
    time_zone: str
    check_in: str
    check_out: str
    price_minor: int
    currency: str
    terms: Terms
    booking_mode: BookingMode
    answer_within: str

    @staticmethod
    def upcast_v1_v2(facts: dict[str, Any]) -> None:
        """Before there were stays and request-to-book, everything was a departure, booked at once."""
        facts.update(place="", check_in="", check_out="", booking_mode="instant", answer_within="PT24H")

    def apply(self, aggregate: Listing) -> None:
        aggregate.vendor_id = self.vendor_id
        aggregate.title = self.title
        aggregate.description = self.description
        aggregate.place = self.place
        aggregate.kind = self.kind
        aggregate.time_zone = self.time_zone
        aggregate.check_in = self.check_in
        aggregate.check_out = self.check_out
        aggregate.price_minor = self.price_minor
        aggregate.currency = self.currency
        aggregate.terms = self.terms
        aggregate.booking_mode = self.booking_mode
        aggregate.answer_within = self.answer_within


class Described(Event):
    """It has another title, description or place."""

    TOPIC = "listing.described"
    title: str
    description: str
    place: str

    def apply(self, aggregate: Listing) -> None:
        aggregate.title = self.title
        aggregate.description = self.description
        aggregate.place = self.place


class PriceChanged(Event):
    """New bookings cost this, in the same currency; those made keep their price."""

    TOPIC = "listing.price_changed"
    price_minor: int

    def apply(self, aggregate: Listing) -> None:
        aggregate.price_minor = self.price_minor


class TermsChanged(Event):
    """New bookings have these cancellation terms; those made keep theirs."""

    TOPIC = "listing.terms_changed"
    terms: Terms

    def apply(self, aggregate: Listing) -> None:
        aggregate.terms = self.terms


class BookingModeChanged(Event):
    """New bookings are made at once, or are asked of the vendor, who answers within this time."""

    TOPIC = "listing.booking_mode_changed"
    booking_mode: BookingMode
    answer_within: str

    def apply(self, aggregate: Listing) -> None:
        aggregate.booking_mode = self.booking_mode
        aggregate.answer_within = self.answer_within


class Published(Event):
    """It can be booked."""

    TOPIC = "listing.published"

    def apply(self, aggregate: Listing) -> None:
        aggregate.status = "published"


class Paused(Event):
    """It takes no new bookings for a while."""

    TOPIC = "listing.paused"

    def apply(self, aggregate: Listing) -> None:
        aggregate.status = "paused"


class Resumed(Event):
    """It can be booked again."""

    TOPIC = "listing.resumed"

    def apply(self, aggregate: Listing) -> None:
        aggregate.status = "published"


class Closed(Event):
    """It takes no new bookings ever again."""

    TOPIC = "listing.closed"

    def apply(self, aggregate: Listing) -> None:
        aggregate.status = "closed"
