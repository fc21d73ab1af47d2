"""What happens to a booking that is confirmed: changed, cancelled in part or whole, completed, not shown up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.booking.state import BookingEvent, BookingState
from domain.booking.values import Extra, PendingChange, Trip, WhyDropped
from domain.terms import By, FrozenTerms, Outcome


class ChangeStarted(BookingEvent):
    """A change is held until `expires_at` and waits for its difference in price, `due_minor`."""

    TOPIC = "booking.change_started"
    listing_id: UUID
    traveller_id: UUID
    by: By
    starts_at: datetime
    ends_at: datetime
    cells: int
    quantity: int
    price_minor: int
    due_minor: int
    currency: str
    terms: FrozenTerms
    extras: tuple[Extra, ...]
    expires_at: datetime

    def apply(self, aggregate: BookingState) -> None:
        trip = Trip(self.starts_at, self.ends_at, self.cells, self.quantity)
        aggregate.pending_change = PendingChange(
            trip, self.price_minor, self.due_minor, self.terms, self.extras, self.expires_at
        )


class TopUpStarted(BookingEvent):
    """The traveller began to pay the difference; what the change holds lasts until `expires_at`."""

    TOPIC = "booking.top_up_started"
    payment_id: UUID
    expires_at: datetime
    claim_ids: tuple[UUID, ...]

    def apply(self, aggregate: BookingState) -> None:
        assert aggregate.pending_change is not None
        aggregate.payment_id = self.payment_id
        aggregate.payment_open = True
        aggregate.pending_change = replace(
            aggregate.pending_change, payment_id=self.payment_id, expires_at=self.expires_at
        )


class ChangeDropped(BookingEvent):
    """The change will not be; the booking stays as it was."""

    TOPIC = "booking.change_dropped"
    why: WhyDropped
    claim_ids: tuple[UUID, ...]

    def apply(self, aggregate: BookingState) -> None:
        aggregate.pending_change = None
        aggregate.payment_open = False


class Rescheduled(BookingEvent):
    """Other times or another number of places, at `price_minor`; `outcome` is about what it costs less.

    `paid_minor` is what it costs more, paid by `payment_id`; `claim_ids` held the places that came with it.
    """

    TOPIC = "booking.rescheduled"
    vendor_id: UUID
    currency: str
    by: By
    starts_at: datetime
    ends_at: datetime
    cells: int
    quantity: int
    price_minor: int
    terms: FrozenTerms
    payment_id: UUID | None
    paid_minor: int
    claim_ids: tuple[UUID, ...]
    outcome: Outcome | None

    def apply(self, aggregate: BookingState) -> None:
        aggregate.starts_at = self.starts_at
        aggregate.ends_at = self.ends_at
        aggregate.cells = self.cells
        aggregate.quantity = self.quantity
        aggregate.price_minor = self.price_minor
        aggregate.terms = self.terms
        aggregate.pending_change = None
        if self.payment_id is not None:
            aggregate.payment_open = False
            aggregate.payments[self.payment_id] = self.paid_minor
        if self.outcome is not None:
            aggregate.apply_outcome(self.outcome)


class PartCancelled(BookingEvent):
    """Some guests or nights are cancelled by the terms; times, places and price are what remains."""

    TOPIC = "booking.part_cancelled"
    vendor_id: UUID
    currency: str
    by: By
    reason: str
    starts_at: datetime
    ends_at: datetime
    cells: int
    quantity: int
    price_minor: int
    outcome: Outcome

    def apply(self, aggregate: BookingState) -> None:
        aggregate.starts_at = self.starts_at
        aggregate.ends_at = self.ends_at
        aggregate.cells = self.cells
        aggregate.quantity = self.quantity
        aggregate.price_minor = self.price_minor
        aggregate.apply_outcome(self.outcome)


class Cancelled(BookingEvent):
    """Cancelled by its terms, with what that does to the price."""

    TOPIC = "booking.cancelled"
    vendor_id: UUID
    currency: str
    by: By
    reason: str
    was_paid: bool
    outcome: Outcome

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "cancelled"
        aggregate.cancelled = self.outcome
        aggregate.apply_outcome(self.outcome)
        aggregate.expires_at = None
        aggregate.answer_by = None


class NoShowRecorded(BookingEvent):
    """The traveller did not come; the terms' no-show share goes back, the rest is earned."""

    TOPIC = "booking.no_show_recorded"
    vendor_id: UUID
    currency: str
    by: By
    outcome: Outcome

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "no_show"
        aggregate.apply_outcome(self.outcome)


class Completed(BookingEvent):
    """The trip is over, and the price is earned by vendor and platform."""

    TOPIC = "booking.completed"
    vendor_id: UUID
    currency: str
    vendor_share_minor: int
    platform_share_minor: int

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "completed"
        aggregate.earned_minor += self.vendor_share_minor + self.platform_share_minor
