"""Listing: what a vendor offers, at which price and terms; and the openings that give it capacity."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.capacity import Cell, OpenCells
from domain.money import Money, exponent
from domain.refusal import Refusal, WrongState
from domain.root import Event, FirstEvent, Root
from domain.terms import Terms, checked

ListingStatus = Literal["draft", "published", "paused", "closed"]


class NotOnOffer(Refusal):
    """This listing is not open for booking."""


class Listing(Root):
    TOPIC = "listing"

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.title = ""
        self.description = ""
        self.kind: Literal["departure"] = "departure"
        self.time_zone = "UTC"
        self.price_minor = 0
        self.currency = ""
        self.terms = Terms("", ())
        self.status: ListingStatus = "draft"

    @classmethod
    def create(
        cls,
        *,
        listing_id: UUID,
        vendor_id: UUID,
        title: str,
        description: str,
        kind: Literal["departure"],
        time_zone: str,
        price: Money,
        terms: Terms,
        draft: bool,
        now: datetime,
    ) -> Listing:
        """A new listing, published at once unless `draft`. Raises UnsupportedCurrency, InvalidTerms."""
        exponent(price.currency)
        listing = cls.begin(
            cls.Created,
            stream_id=listing_id,
            now=now,
            vendor_id=vendor_id,
            title=title,
            description=description,
            kind=kind,
            time_zone=time_zone,
            price_minor=price.amount,
            currency=price.currency,
            terms=checked(terms),
        )
        if not draft:
            listing.publish(now=now)
        return listing

    def publish(self, *, now: datetime) -> None:
        """Open a draft for booking; already published is no event."""
        if self.status == "published":
            return
        if self.status != "draft":
            raise WrongState(f"A {self.status} listing cannot be published.")
        self.record(self.Published, now=now)

    def pause(self, *, now: datetime) -> None:
        """Take no new bookings for a while; those made stay."""
        if self.status == "paused":
            return
        if self.status != "published":
            raise WrongState(f"A {self.status} listing cannot be paused.")
        self.record(self.Paused, now=now)

    def resume(self, *, now: datetime) -> None:
        if self.status == "published":
            return
        if self.status != "paused":
            raise WrongState(f"A {self.status} listing cannot be resumed.")
        self.record(self.Resumed, now=now)

    def close(self, *, now: datetime) -> None:
        """Take no new bookings ever again; those made stay."""
        if self.status != "closed":
            self.record(self.Closed, now=now)

    def check_on_offer(self) -> None:
        if self.status != "published":
            raise NotOnOffer

    class Created(FirstEvent):
        """A vendor described what it offers, at which price and terms."""

        TOPIC = "listing.created"
        vendor_id: UUID
        title: str
        description: str
        kind: Literal["departure"]
        time_zone: str
        price_minor: int
        currency: str
        terms: Terms

        def apply(self, aggregate: Listing) -> None:
            aggregate.vendor_id = self.vendor_id
            aggregate.title = self.title
            aggregate.description = self.description
            aggregate.kind = self.kind
            aggregate.time_zone = self.time_zone
            aggregate.price_minor = self.price_minor
            aggregate.currency = self.currency
            aggregate.terms = self.terms

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


class Opening(Root):
    """Cells opened together. A stream of its own, so that loading a listing stays short however long it is sold."""

    TOPIC = "opening"

    def __init__(self) -> None:
        self.listing_id = UUID(int=0)
        self.cells: tuple[Cell, ...] = ()

    @classmethod
    def open(cls, *, opening_id: UUID, listing: Listing, cells: tuple[Cell, ...], now: datetime) -> Opening:
        """Open these cells of a listing that is not closed. The capacity itself is claimed by the append."""
        if listing.status == "closed":
            raise NotOnOffer("This listing is closed for ever.")
        return cls.begin(cls.Opened, stream_id=opening_id, now=now, listing_id=listing.id, cells=cells)

    def as_capacity(self) -> OpenCells:
        return OpenCells(self.listing_id, self.cells)

    class Opened(FirstEvent):
        """There are places at these times."""

        TOPIC = "opening.opened"
        listing_id: UUID
        cells: tuple[Cell, ...]

        def apply(self, aggregate: Opening) -> None:
            aggregate.listing_id = self.listing_id
            aggregate.cells = self.cells
