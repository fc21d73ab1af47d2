"""How a confirmed booking gets other times or another number of places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.booking import later_events as events
from domain.booking.ending import Ending
from domain.booking.refusals import HasBegun, PaymentInProgress, StartsInThePast, VendorMustAgree
from domain.booking.values import Extra, PendingChange, Trip, WhyDropped
from domain.ids import derived_id
from domain.listing import Listing
from domain.terms import By, FrozenTerms, Outcome, refreeze

_DAY = timedelta(days=1)


class Changing(Ending):
    def reschedule(self, trip: Trip, *, listing: Listing, by: By, hold_for: timedelta, now: datetime) -> Outcome | None:
        """Change to `trip`, at the unit price that was booked; what becomes of what it costs less, if it does.

        No event if it is that trip already.
        What costs the same or less is changed at once; what costs more is held, and waits for its payment. A change
        that waits already must be dropped before. Raises HasBegun, StartsInThePast, VendorMustAgree, PartRefused,
        NotOnOffer, PriceTooHigh, PaymentInProgress, WrongState.
        """
        self.check_changeable(now=now)
        assert self.pending_change is None
        if trip == self.trip:
            return None
        if not trip.same_times(self.trip):
            self._check_new_times(trip, by, now)
        price_minor = self.price_at(trip)
        terms = self.terms
        if trip.starts_at != self.starts_at:
            terms = refreeze(terms, starts_at=trip.starts_at, now=now, currency=self.currency)
        if price_minor >= self.price_minor or not trip.same_times(self.trip):
            listing.check_on_offer()
        if price_minor > self.price_minor:
            self._start_change(trip, price_minor, terms, listing=listing, by=by, hold_for=hold_for, now=now)
            return None
        outcome = None
        if price_minor < self.price_minor:
            outcome = self.part_outcome(self.price_minor - price_minor, now=now, by=by)
        self._rescheduled(trip, price_minor, terms, by=by, outcome=outcome, now=now)
        return outcome

    def check_changeable(self, *, now: datetime) -> None:
        """Raises WrongState, PaymentInProgress, HasBegun."""
        self.check_confirmed("changed")
        if now >= self.starts_at:
            raise HasBegun
        if self.payment_open:
            raise PaymentInProgress

    def drop_change(self, *, why: WhyDropped, now: datetime) -> PendingChange | None:
        """The change that waited will not be. None if none waited."""
        change = self.pending_change
        if change is not None:
            self.record(events.ChangeDropped, now=now, why=why, claim_ids=change.claim_ids)
        return change

    def change_run_out(self, *, now: datetime) -> bool:
        """Whether a change waited for its payment too long."""
        return self.pending_change is not None and now >= self.pending_change.expires_at

    def finish_change(self, *, now: datetime) -> PendingChange:
        """The difference is paid: the change is made, whatever was given back of the price before meanwhile."""
        change = self.pending_change
        assert change is not None
        price_minor = self.price_minor + change.due_minor
        self._rescheduled(change.trip, price_minor, change.terms, by="traveller", outcome=None, now=now)
        return change

    def _check_new_times(self, trip: Trip, by: By, now: datetime) -> None:
        if by == "traveller" and self.booking_mode == "request":
            raise VendorMustAgree
        if trip.starts_at <= now:
            raise StartsInThePast

    def _start_change(
        self,
        trip: Trip,
        price_minor: int,
        terms: FrozenTerms,
        *,
        listing: Listing,
        by: By,
        hold_for: timedelta,
        now: datetime,
    ) -> None:
        extras = tuple(
            Extra(
                derived_id("claim", self.id, self.version, n), more.starts_at, more.ends_at, more.cells, more.quantity
            )
            for n, more in enumerate(places_beyond(self.trip, trip, listing))
        )
        self.record(
            events.ChangeStarted,
            now=now,
            listing_id=self.listing_id,
            traveller_id=self.traveller_id,
            by=by,
            starts_at=trip.starts_at,
            ends_at=trip.ends_at,
            cells=trip.cells,
            quantity=trip.quantity,
            price_minor=price_minor,
            due_minor=price_minor - self.price_minor,
            currency=self.currency,
            terms=terms,
            extras=extras,
            expires_at=min(now + hold_for, self.starts_at, trip.starts_at),
        )

    def _rescheduled(
        self, trip: Trip, price_minor: int, terms: FrozenTerms, *, by: By, outcome: Outcome | None, now: datetime
    ) -> None:
        change = self.pending_change
        self.record(
            events.Rescheduled,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            by=by,
            starts_at=trip.starts_at,
            ends_at=trip.ends_at,
            cells=trip.cells,
            quantity=trip.quantity,
            price_minor=price_minor,
            terms=terms,
            payment_id=change.payment_id if change else None,
            paid_minor=change.due_minor if change else 0,
            claim_ids=change.claim_ids if change else (),
            outcome=outcome,
        )


def places_beyond(old: Trip, new: Trip, listing: Listing) -> Iterator[Trip]:
    """What `new` needs in each cell beyond what `old` has there, in as few ranges as possible.

    Cells of departures are shared only if they are the same departure; those of stays night by night.
    """
    if old.same_times(new):
        yield replace(new, quantity=new.quantity - old.quantity)
        return
    if listing.kind == "departure":
        yield new
        return
    first, last = listing.stay_times.nights(new.starts_at, new.ends_at)
    old_first, old_last = listing.stay_times.nights(old.starts_at, old.ends_at)
    if old_last < first or last < old_first:
        yield new
        return
    shared_first, shared_last = max(first, old_first), min(last, old_last)
    yield from _nights(first, shared_first - _DAY, new.quantity, listing)
    yield from _nights(shared_first, shared_last, new.quantity - old.quantity, listing)
    yield from _nights(shared_last + _DAY, last, new.quantity, listing)


def _nights(first: date, last: date, quantity: int, listing: Listing) -> Iterator[Trip]:
    if first <= last and quantity > 0:
        yield Trip(*listing.stay_range(first, last), (last - first).days + 1, quantity)
