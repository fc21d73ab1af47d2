"""How a booking ends: cancelled in whole or in part, completed, or its traveller did not come."""

from __future__ import annotations

from datetime import datetime

from domain.booking import later_events as events
from domain.booking.refusals import HasBegun, HasEnded, NotBegun, NotEnded, PartRefused, PreviewOutdated
from domain.booking.state import BookingState
from domain.booking.values import UNPAID, Part, Preview, Trip
from domain.terms import By, Outcome, cancellation, no_show, split

NOT_PAID = "Not paid: nothing to refund."


class Ending(BookingState):
    def preview_cancellation(self, *, now: datetime, by: By) -> Outcome:
        """What cancelling now would do with the price; the same function decides the cancellation itself."""
        if self.status in UNPAID:
            return Outcome(0, 0, 0, NOT_PAID, self.answer_by or self.expires_at)
        self.check_confirmed("cancelled")
        self._check_cancellable(now, by)
        return cancellation(self.terms, self.stake(), now=now, by=by)

    def preview_part(self, remaining: Trip, *, now: datetime, by: By) -> Outcome:
        """What giving up all but `remaining` would do with the rest. Raises PartRefused, HasBegun, HasEnded."""
        self.check_confirmed("cancelled in part")
        self._check_cancellable(now, by)
        return self.part_outcome(self.price_minor - self.price_at(remaining), now=now, by=by)

    def part_outcome(self, part_minor: int, *, now: datetime, by: By) -> Outcome:
        """What giving up so much of the price does with it, by the terms. Raises PartRefused."""
        if by == "traveller" and self.terms.partial == "refused":
            raise PartRefused
        return cancellation(self.terms, self.stake(part_minor), now=now, by=by)

    def cancel(self, *, by: By, reason: str, now: datetime, agreed: Preview | None = None) -> Outcome:
        """Cancel by the frozen terms, or as the preview agreed while valid.

        Raises WrongState, HasBegun, HasEnded, PaymentInProgress, PreviewOutdated.
        """
        outcome = self._as_agreed(agreed, self.preview_cancellation(now=now, by=by), part=None, by=by, now=now)
        self.record(
            events.Cancelled,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            by=by,
            reason=reason,
            was_paid=self.paid,
            outcome=outcome,
        )
        return outcome

    def cancel_part(
        self, part: Part, remaining: Trip, *, by: By, reason: str, now: datetime, agreed: Preview | None = None
    ) -> Outcome:
        """Keep only `remaining`; as `cancel`. The deadlines stay those of the start that was booked."""
        outcome = self._as_agreed(agreed, self.preview_part(remaining, now=now, by=by), part=part, by=by, now=now)
        self.record(
            events.PartCancelled,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            by=by,
            reason=reason,
            starts_at=remaining.starts_at,
            ends_at=remaining.ends_at,
            cells=remaining.cells,
            quantity=remaining.quantity,
            price_minor=self.price_at(remaining),
            outcome=outcome,
        )
        return outcome

    def lose_authorisation(self, *, now: datetime) -> bool:
        """The money that was set aside is gone before it was taken: no booking. False if none was waited for."""
        if not (self.capturing or self.status == "awaiting_vendor"):
            return False
        self.record(
            events.Cancelled,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            by="platform",
            reason="the card's authorisation is gone",
            was_paid=False,
            outcome=Outcome(0, 0, 0, NOT_PAID, None),
        )
        return True

    def complete(self, *, now: datetime) -> Outcome | None:
        """The trip is over and the vendor has earned. None if known. Raises NotEnded, and as `check_confirmed`."""
        if self.status == "completed":
            return None
        self.check_confirmed("completed")
        if now < self.ends_at:
            raise NotEnded
        outcome = split(self.stake(), 0, "Completed.", None)
        self.record(
            events.Completed,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            vendor_share_minor=outcome.vendor_share_minor,
            platform_share_minor=outcome.platform_share_minor,
        )
        return outcome

    def record_no_show(self, *, by: By, now: datetime) -> Outcome | None:
        """Nobody came. None if that is known. Raises NotBegun, and as `check_confirmed`."""
        if self.status == "no_show":
            return None
        self.check_confirmed("marked as no-show")
        if now < self.starts_at:
            raise NotBegun
        outcome = no_show(self.terms, self.stake())
        self.record(
            events.NoShowRecorded,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            by=by,
            outcome=outcome,
        )
        return outcome

    def _check_cancellable(self, now: datetime, by: By) -> None:
        """Vendor and platform may break a trip off while it lasts; once it is over it is only completed."""
        if by == "traveller" and now >= self.starts_at:
            raise HasBegun
        if now >= self.ends_at:
            raise HasEnded

    def _as_agreed(
        self, agreed: Preview | None, outcome: Outcome, *, part: Part | None, by: By, now: datetime
    ) -> Outcome:
        if agreed is None:
            return outcome
        if agreed.part != part:
            raise PreviewOutdated("That preview is not of this part of the booking; ask for a new one.")
        if agreed.booking_version != self.version or agreed.by != by or now > agreed.honoured_until:
            raise PreviewOutdated
        return agreed.outcome
