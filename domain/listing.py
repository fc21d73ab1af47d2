"""Listing: what a vendor offers, at which price and terms. Changes touch new bookings only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from domain import listing_events as events
from domain.chargeable import check_steps
from domain.duration import parse_duration
from domain.listing_events import BookingMode, Kind
from domain.money import Money
from domain.refusal import InvalidTerms, Refusal, WrongState
from domain.root import Root
from domain.stay import StayTimes
from domain.terms import Terms, checked

ListingStatus = Literal["draft", "published", "paused", "closed"]
ANSWER_WITHIN: Final = "PT24H"
ANSWER_WITHIN_MIN_S: Final = 60
ANSWER_WITHIN_MAX_S: Final = 7 * 86_400  # No card authorisation lasts longer (docs.stripe.com, "Place a hold").


class NotOnOffer(Refusal):
    """This listing is not open for booking."""


class WrongKind(Refusal):
    """A departure has times, a stay has nights."""


class OtherCurrency(Refusal):
    """The price of a listing can change, its currency cannot."""


class InvalidAnswerTime(Refusal):
    """The time to answer a request is a duration like PT24H, between a minute and seven days."""


class Listing(Root):
    TOPIC = "listing"

    Created = events.Created
    Described = events.Described
    PriceChanged = events.PriceChanged
    TermsChanged = events.TermsChanged
    BookingModeChanged = events.BookingModeChanged
    Published = events.Published
    Paused = events.Paused
    Resumed = events.Resumed
    Closed = events.Closed

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.title = ""
        self.description = ""
        self.place = ""
        self.kind: Kind = "departure"
        self.time_zone = "UTC"
        self.check_in = ""
        self.check_out = ""
        self.price_minor = 0
        self.currency = ""
        self.terms = Terms("", ())
        self.booking_mode: BookingMode = "instant"
        self.answer_within = ANSWER_WITHIN
        self.status: ListingStatus = "draft"

    @classmethod
    def create(
        cls,
        *,
        listing_id: UUID,
        vendor_id: UUID,
        title: str,
        description: str,
        kind: Kind,
        time_zone: str,
        price: Money,
        terms: Terms,
        draft: bool,
        now: datetime,
        place: str = "",
        check_in: str = "15:00",
        check_out: str = "11:00",
        booking_mode: BookingMode = "instant",
        answer_within: str = ANSWER_WITHIN,
    ) -> Listing:
        """A new listing, published at once unless `draft`. The price is for a seat, or for a unit and a night.

        `check_in` and `check_out`, "HH:MM" on the local clock, are for stays only and never change.
        Raises UnsupportedCurrency, AmountNotChargeable, InvalidTerms, InvalidStayTimes, InvalidAnswerTime.
        """
        check_steps(price.amount, price.currency)
        _check_answer_within(answer_within)
        if kind == "stay":
            StayTimes(check_in, check_out, time_zone).check()
        listing = cls.begin(
            cls.Created,
            stream_id=listing_id,
            now=now,
            vendor_id=vendor_id,
            title=title,
            description=description,
            place=place,
            kind=kind,
            time_zone=time_zone,
            check_in=check_in if kind == "stay" else "",
            check_out=check_out if kind == "stay" else "",
            price_minor=price.amount,
            currency=price.currency,
            terms=checked(terms),
            booking_mode=booking_mode,
            answer_within=answer_within,
        )
        if not draft:
            listing.publish(now=now)
        return listing

    def describe(self, *, title: str, description: str, place: str, now: datetime) -> None:
        self._check_changeable()
        if (title, description, place) != (self.title, self.description, self.place):
            self.record(self.Described, now=now, title=title, description=description, place=place)

    def change_price(self, price: Money, *, now: datetime) -> None:
        """Raises OtherCurrency, AmountNotChargeable."""
        self._check_changeable()
        if price.currency != self.currency:
            raise OtherCurrency
        check_steps(price.amount, price.currency)
        if price.amount != self.price_minor:
            self.record(self.PriceChanged, now=now, price_minor=price.amount)

    def change_terms(self, terms: Terms, *, now: datetime) -> None:
        """Raises InvalidTerms."""
        self._check_changeable()
        if checked(terms) != self.terms:
            self.record(self.TermsChanged, now=now, terms=terms)

    def change_booking_mode(self, booking_mode: BookingMode, *, answer_within: str, now: datetime) -> None:
        """Raises InvalidAnswerTime."""
        self._check_changeable()
        _check_answer_within(answer_within)
        if (booking_mode, answer_within) != (self.booking_mode, self.answer_within):
            self.record(self.BookingModeChanged, now=now, booking_mode=booking_mode, answer_within=answer_within)

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

    def check_kind(self, kind: Kind) -> None:
        """Raises WrongKind."""
        if self.kind != kind:
            raise WrongKind

    @property
    def stay_times(self) -> StayTimes:
        """When guests of a stay come and leave. Raises WrongKind."""
        self.check_kind("stay")
        return StayTimes(self.check_in, self.check_out, self.time_zone)

    def cells_between(self, starts_at: datetime, ends_at: datetime) -> int:
        """How many cells a booking of this range takes: one departure, or the nights of a stay.

        Raises NotNights unless a stay is from a check-in to a later check-out, StayTooLong over 366 nights.
        """
        if self.kind == "departure":
            return 1
        first_night, last_night = self.stay_times.nights(starts_at, ends_at)
        return (last_night - first_night).days + 1

    def stay_range(self, first_night: date, last_night: date) -> tuple[datetime, datetime]:
        """Check-in of the first night to check-out of the day after the last, UTC.

        Raises WrongKind, NotNights, StayTooLong over 366 nights.
        """
        return self.stay_times.range(first_night, last_night)

    def _check_changeable(self) -> None:
        if self.status == "closed":
            raise WrongState("A closed listing cannot be changed.")


def _check_answer_within(text: str) -> None:
    try:
        seconds = parse_duration(text).total_seconds
    except InvalidTerms:
        raise InvalidAnswerTime from None
    if not ANSWER_WITHIN_MIN_S <= seconds <= ANSWER_WITHIN_MAX_S:
        raise InvalidAnswerTime
