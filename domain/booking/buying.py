"""How a booking is bought: held, paid, confirmed; or it runs out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from domain.booking import buying_events as events
from domain.booking.later_events import TopUpStarted
from domain.booking.refusals import HoldExpired, PaymentInProgress, PriceTooHigh, StartsInThePast
from domain.booking.state import BookingState
from domain.booking.values import Purpose, Trip
from domain.chargeable import check_chargeable
from domain.contested import PaymentDisputed
from domain.listing import Listing
from domain.money import AMOUNT_MAX_MINOR, Money
from domain.refusal import WrongState
from domain.terms import freeze


def price_of(trip: Trip, unit_price_minor: int) -> int:
    """In minor units. Raises PriceTooHigh."""
    price_minor = unit_price_minor * trip.units
    if price_minor > AMOUNT_MAX_MINOR:
        raise PriceTooHigh
    return price_minor


class Buying(BookingState):
    @classmethod
    def hold(
        cls,
        *,
        booking_id: UUID,
        listing: Listing,
        trip: Trip,
        traveller_id: UUID,
        commission_bp: int,
        hold_for: timedelta,
        now: datetime,
    ) -> Self:
        """Hold places: price, commission and terms are frozen here. `commission_bp` in basis points.

        Raises NotOnOffer, StartsInThePast, PriceTooHigh, AmountTooSmall, AmountNotChargeable. The places themselves
        are claimed by the append (SoldOut).
        """
        listing.check_on_offer()
        if trip.starts_at <= now:
            raise StartsInThePast
        price_minor = price_of(trip, listing.price_minor)
        check_chargeable(price_minor, listing.currency)
        return cls.begin(
            events.Held,
            stream_id=booking_id,
            now=now,
            listing_id=listing.id,
            vendor_id=listing.vendor_id,
            traveller_id=traveller_id,
            kind=listing.kind,
            booking_mode=listing.booking_mode,
            answer_within=listing.answer_within,
            starts_at=trip.starts_at,
            ends_at=trip.ends_at,
            cells=trip.cells,
            quantity=trip.quantity,
            unit_price_minor=listing.price_minor,
            price_minor=price_minor,
            currency=listing.currency,
            commission_bp=commission_bp,
            terms=freeze(
                listing.terms,
                starts_at=trip.starts_at,
                booked_at=now,
                time_zone=listing.time_zone,
                currency=listing.currency,
            ),
            expires_at=min(now + hold_for, trip.starts_at),
        )

    def start_payment(self, *, payment_id: UUID, grace: timedelta, now: datetime) -> None:
        """Begin to pay `due_minor`. What is held is held on once, for `grace`.

        Raises HoldExpired, PaymentDisputed, PaymentInProgress, WrongState.
        """
        change = self.pending_change
        if change is None and self.status not in {"held", "awaiting_payment"}:
            raise WrongState(f"A booking that is {self.status.replace('_', ' ')} cannot be paid.")
        if self.contested:
            raise PaymentDisputed
        if self.payment_open:
            raise PaymentInProgress
        until = change.expires_at if change else self.expires_at
        assert until is not None
        if now >= until:
            raise HoldExpired
        first = change.payment_id is None if change else self.status == "held"
        starts_at = min(self.starts_at, change.trip.starts_at) if change else self.starts_at
        until = max(until, min(now + grace, starts_at)) if first else until
        if change is None:
            self.record(events.PaymentStarted, now=now, payment_id=payment_id, expires_at=until)
        else:
            self.record(TopUpStarted, now=now, payment_id=payment_id, expires_at=until, claim_ids=change.claim_ids)

    def payment_ended(self, *, payment_id: UUID, now: datetime) -> bool:
        """This payment came to nothing; while the hold lives another one may be tried. False if that is known."""
        if self.payment_id != payment_id or not self.payment_open:
            return False
        self.record(events.PaymentEnded, now=now, payment_id=payment_id)
        return True

    def purpose_of(self, *, payment_id: UUID, money: Money, now: datetime) -> Purpose:
        """What captured money of this payment buys; "nothing" is sent back."""
        if self.payment_id != payment_id or money != Money(self.due_minor, self.currency):
            return "nothing"
        if self.capturing:
            return "accepted"
        change = self.pending_change
        if now >= (min(self.starts_at, change.trip.starts_at) if change else self.starts_at):
            return "nothing"
        if change is not None:
            return "change" if change.payment_id == payment_id else "nothing"
        unsold = self.booking_mode == "instant" and self.status in {"awaiting_payment", "expired"}
        return "booking" if unsold else "nothing"

    def confirm(self, *, payment_id: UUID, now: datetime) -> None:
        """The money is here and so are the places."""
        assert self.status in {"awaiting_payment", "expired"}, self.status
        self.record(events.Confirmed, now=now, payment_id=payment_id, late=self.status == "expired")

    def expire(self, *, now: datetime, capacity_lost: bool = False) -> bool:
        """Let an unpaid hold go once it has run out. False if there is nothing to do (any more, or yet).

        `capacity_lost`: it was paid too late and its places are someone else's by now.
        """
        if self.status not in {"held", "awaiting_payment"}:
            return False
        if not capacity_lost and (self.expires_at is None or now < self.expires_at):
            return False
        self.record(events.Expired, now=now, capacity_lost=capacity_lost)
        return True
