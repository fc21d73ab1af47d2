"""Booking: a traveller's claim through its life, from hold to completion or cancellation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.capacity import Cell, SellClaim, TakeClaim
from domain.listing import Listing
from domain.money import AMOUNT_MAX_MINOR, platform_share_minor
from domain.refusal import Refusal, WrongState
from domain.root import Event, FirstEvent, Root
from domain.terms import By, FrozenTerms, Outcome, cancellation, freeze

Status = Literal["held", "awaiting_payment", "confirmed", "completed", "cancelled", "expired"]
LIVE: frozenset[str] = frozenset({"held", "awaiting_payment", "confirmed"})


class StartsInThePast(Refusal):
    """This departure has started already."""


class PriceTooHigh(Refusal):
    """The price of this booking is more than a card can be charged with at once."""


class HoldExpired(Refusal):
    """The hold has run out."""


class PaymentInProgress(Refusal):
    """A payment for this booking is under way."""


class NotEnded(Refusal):
    """It has not ended yet."""


class PreviewOutdated(Refusal):
    """That preview is not valid any more; ask for a new one."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a cancellation was promised to do, and until when the promise holds."""

    booking_version: int
    by: By
    outcome: Outcome
    honoured_until: datetime


class Booking(Root):
    TOPIC = "booking"

    def __init__(self) -> None:
        self.listing_id = UUID(int=0)
        self.vendor_id = UUID(int=0)
        self.traveller_id = UUID(int=0)
        self.starts_at = datetime.min.replace(tzinfo=UTC)
        self.ends_at = datetime.min.replace(tzinfo=UTC)
        self.quantity = 0
        self.price_minor = 0
        self.currency = ""
        self.commission_bp = 0
        self.terms = FrozenTerms("", (), 0, 0, "refused", None)
        self.status: Status = "held"
        self.expires_at: datetime | None = None
        self.payment_id: UUID | None = None
        self.payment_open = False
        self.cancelled: Outcome | None = None

    @classmethod
    def hold(
        cls,
        *,
        booking_id: UUID,
        listing: Listing,
        cell: Cell,
        traveller_id: UUID,
        quantity: int,
        commission_bp: int,
        hold_for: timedelta,
        now: datetime,
    ) -> Booking:
        """Hold places of one departure: price, commission and terms are frozen here. `commission_bp` in basis points.

        Raises NotOnOffer, StartsInThePast, PriceTooHigh. The places themselves are claimed by the append (SoldOut).
        """
        listing.check_on_offer()
        if cell.starts_at <= now:
            raise StartsInThePast
        price_minor = listing.price_minor * quantity
        if price_minor > AMOUNT_MAX_MINOR:
            raise PriceTooHigh
        return cls.begin(
            cls.Held,
            stream_id=booking_id,
            now=now,
            listing_id=listing.id,
            vendor_id=listing.vendor_id,
            traveller_id=traveller_id,
            starts_at=cell.starts_at,
            ends_at=cell.ends_at,
            quantity=quantity,
            price_minor=price_minor,
            currency=listing.currency,
            commission_bp=commission_bp,
            terms=freeze(listing.terms, starts_at=cell.starts_at, booked_at=now, time_zone=listing.time_zone),
            expires_at=min(now + hold_for, cell.starts_at),
        )

    def as_held(self) -> TakeClaim:
        """The places this booking holds."""
        assert self.expires_at is not None
        return TakeClaim(self.id, self.listing_id, self.starts_at, self.ends_at, self.quantity, self.expires_at)

    def as_sold(self) -> SellClaim:
        """The same places, for good."""
        return SellClaim(self.id, self.listing_id, self.starts_at, self.ends_at, self.quantity)

    def start_payment(self, *, payment_id: UUID, grace: timedelta, now: datetime) -> None:
        """Begin to pay. The hold is extended once, by `grace`. Raises HoldExpired, PaymentInProgress, WrongState."""
        if self.status not in {"held", "awaiting_payment"}:
            raise WrongState(f"A booking that is {self.status} cannot be paid.")
        if self.payment_open:
            raise PaymentInProgress
        assert self.expires_at is not None
        if now >= self.expires_at:
            raise HoldExpired
        extended = min(now + grace, self.starts_at) if self.status == "held" else self.expires_at
        self.record(self.PaymentStarted, now=now, payment_id=payment_id, expires_at=max(extended, self.expires_at))

    def payment_ended(self, *, payment_id: UUID, now: datetime) -> None:
        """This payment came to nothing; while the hold lives another one may be tried."""
        if self.payment_id == payment_id and self.payment_open:
            self.record(self.PaymentEnded, now=now, payment_id=payment_id)

    def wants(self, *, payment_id: UUID, amount_minor: int, currency: str, now: datetime) -> bool:
        """Whether captured money of this payment is what buys this booking; else it is sent back."""
        return (
            self.status in {"awaiting_payment", "expired"}
            and self.payment_id == payment_id
            and now < self.starts_at
            and (amount_minor, currency) == (self.price_minor, self.currency)
        )

    def confirm(self, *, payment_id: UUID, now: datetime) -> None:
        """The money is here and so are the places."""
        assert self.status in {"awaiting_payment", "expired"}, self.status
        self.record(self.Confirmed, now=now, payment_id=payment_id, late=self.status == "expired")

    def expire(self, *, now: datetime, capacity_lost: bool = False) -> bool:
        """Let an unpaid hold go once it has run out. False if there is nothing to do (any more, or yet).

        `capacity_lost`: it was paid too late and its places are someone else's by now.
        """
        if self.status not in {"held", "awaiting_payment"}:
            return False
        if not capacity_lost and (self.expires_at is None or now < self.expires_at):
            return False
        self.record(self.Expired, now=now, capacity_lost=capacity_lost)
        return True

    def preview_cancellation(self, *, now: datetime, by: By) -> Outcome:
        """What cancelling now would do with the price; the same function decides the cancellation itself."""
        if self.status not in LIVE:
            raise WrongState(f"A booking that is {self.status} cannot be cancelled.")
        if self.status != "confirmed":
            return Outcome(0, 0, 0, "not paid: nothing to refund", self.expires_at)
        if by == "traveller" and now >= self.starts_at:
            raise WrongState("It has begun and cannot be cancelled any more.")
        return cancellation(self.terms, price_minor=self.price_minor, commission_bp=self.commission_bp, now=now, by=by)

    def cancel(self, *, by: By, reason: str, now: datetime, agreed: Preview | None = None) -> Outcome:
        """Cancel by the frozen terms, or as the preview agreed while valid. Raises WrongState, PreviewOutdated."""
        outcome = self.preview_cancellation(now=now, by=by)
        if agreed is not None:
            if agreed.booking_version != self.version or agreed.by != by or now > agreed.honoured_until:
                raise PreviewOutdated
            outcome = agreed.outcome
        self.record(
            self.Cancelled,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            by=by,
            reason=reason,
            was_paid=self.status == "confirmed",
            outcome=outcome,
        )
        return outcome

    def complete(self, *, now: datetime) -> bool:
        """The trip is over and the vendor has earned. False if that is known. Raises NotEnded, WrongState."""
        if self.status == "completed":
            return False
        if self.status != "confirmed":
            raise WrongState(f"A booking that is {self.status.replace('_', ' ')} cannot be completed.")
        if now < self.ends_at:
            raise NotEnded
        platform = platform_share_minor(self.price_minor, self.commission_bp)
        self.record(
            self.Completed,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            vendor_share_minor=self.price_minor - platform,
            platform_share_minor=platform,
        )
        return True

    class Held(FirstEvent):
        """Places are kept for a traveller until `expires_at`; price, commission and terms are fixed."""

        TOPIC = "booking.held"
        listing_id: UUID
        vendor_id: UUID
        traveller_id: UUID
        starts_at: datetime
        ends_at: datetime
        quantity: int
        price_minor: int
        currency: str
        commission_bp: int
        terms: FrozenTerms
        expires_at: datetime

        def apply(self, aggregate: Booking) -> None:
            aggregate.listing_id = self.listing_id
            aggregate.vendor_id = self.vendor_id
            aggregate.traveller_id = self.traveller_id
            aggregate.starts_at = self.starts_at
            aggregate.ends_at = self.ends_at
            aggregate.quantity = self.quantity
            aggregate.price_minor = self.price_minor
            aggregate.currency = self.currency
            aggregate.commission_bp = self.commission_bp
            aggregate.terms = self.terms
            aggregate.expires_at = self.expires_at

    class PaymentStarted(Event):
        """The traveller began to pay; the hold lasts until `expires_at`."""

        TOPIC = "booking.payment_started"
        payment_id: UUID
        expires_at: datetime

        def apply(self, aggregate: Booking) -> None:
            aggregate.status = "awaiting_payment"
            aggregate.payment_id = self.payment_id
            aggregate.payment_open = True
            aggregate.expires_at = self.expires_at

    class PaymentEnded(Event):
        """That payment came to nothing; another may be tried while the hold lives."""

        TOPIC = "booking.payment_ended"
        payment_id: UUID

        def apply(self, aggregate: Booking) -> None:
            aggregate.payment_open = False

    class Confirmed(Event):
        """Paid, and the places are sold; `late` if the booking had expired before."""

        TOPIC = "booking.confirmed"
        payment_id: UUID
        late: bool

        def apply(self, aggregate: Booking) -> None:
            aggregate.status = "confirmed"
            aggregate.payment_open = False
            aggregate.expires_at = None

    class Expired(Event):
        """The hold ran out unpaid, or was paid when its places had gone (`capacity_lost`)."""

        TOPIC = "booking.expired"
        capacity_lost: bool

        def apply(self, aggregate: Booking) -> None:
            aggregate.status = "expired"

    class Cancelled(Event):
        """Cancelled by its terms, with what that does to the price."""

        TOPIC = "booking.cancelled"
        vendor_id: UUID
        currency: str
        by: By
        reason: str
        was_paid: bool
        outcome: Outcome

        def apply(self, aggregate: Booking) -> None:
            aggregate.status = "cancelled"
            aggregate.cancelled = self.outcome
            aggregate.expires_at = None

    class Completed(Event):
        """The trip is over, and the price is earned by vendor and platform."""

        TOPIC = "booking.completed"
        vendor_id: UUID
        currency: str
        vendor_share_minor: int
        platform_share_minor: int

        def apply(self, aggregate: Booking) -> None:
            aggregate.status = "completed"
