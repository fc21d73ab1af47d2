"""A departure, or nights of a stay, cancelled by the platform for everybody: a storm, a closed harbour.

It is a run: started, it closes the cells, so that no booking can come any more; then one booking after another is
cancelled with all its money back; then it is finished.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from domain.booking import Booking
from domain.capacity import ResizeCells
from domain.ids import derived_id
from domain.listing import Listing
from domain.root import Event, FirstEvent, Root


class DepartureCancellation(Root):
    TOPIC = "departure_cancellation"

    def __init__(self) -> None:
        self.listing_id = UUID(int=0)
        self.starts_from = datetime.min.replace(tzinfo=UTC)
        self.starts_before = datetime.min.replace(tzinfo=UTC)
        self.currency = ""
        self.reason = ""
        self.started_by = UUID(int=0)
        self.expected = 0
        self.status: Literal["running", "finished"] = "running"
        self.left = 0
        self.finished_at: datetime | None = None

    @classmethod
    def start(
        cls,
        *,
        run_id: UUID,
        listing: Listing,
        starts_from: datetime,
        starts_before: datetime,
        reason: str,
        started_by: UUID,
        expected: int,
        now: datetime,
    ) -> DepartureCancellation:
        """Every departure or night that begins in `[starts_from, starts_before)`, whatever has become of the listing.

        `expected` is how many bookings were known to be affected, for a measure of progress. That there is such a
        departure is for the append to say: NoSuchCells.
        """
        assert starts_from < starts_before
        return cls.begin(
            cls.Started,
            stream_id=run_id,
            now=now,
            listing_id=listing.id,
            starts_from=starts_from,
            starts_before=starts_before,
            currency=listing.currency,
            reason=reason,
            started_by=started_by,
            expected=expected,
        )

    def as_capacity(self) -> ResizeCells:
        """The cells are closed: nobody can book them any more."""
        return ResizeCells(self.listing_id, self.starts_from, self.starts_before, None, closed=True)

    def finish(self, *, left: int, now: datetime) -> None:
        """All bookings are cancelled but `left`, which a dispute keeps. Finished is finished."""
        if self.status == "running":
            self.record(self.Finished, now=now, left=left)

    class Started(FirstEvent):
        """The platform cancels what begins in `[starts_from, starts_before)`; it cannot be booked any more."""

        TOPIC = "departure_cancellation.started"
        listing_id: UUID
        starts_from: datetime
        starts_before: datetime
        currency: str
        reason: str
        started_by: UUID
        expected: int

        def apply(self, aggregate: DepartureCancellation) -> None:
            aggregate.listing_id = self.listing_id
            aggregate.starts_from = self.starts_from
            aggregate.starts_before = self.starts_before
            aggregate.currency = self.currency
            aggregate.reason = self.reason
            aggregate.started_by = self.started_by
            aggregate.expected = self.expected

    class Finished(Event):
        """Every booking is cancelled but those `left`, whose money is disputed."""

        TOPIC = "departure_cancellation.finished"
        left: int

        def apply(self, aggregate: DepartureCancellation) -> None:
            aggregate.status = "finished"
            aggregate.left = self.left
            aggregate.finished_at = self.timestamp


class AffectedBooking(Root):
    """One booking of a run. A stream of its own, appended with the cancellation, so that it is counted exactly once."""

    TOPIC = "affected_booking"

    def __init__(self) -> None:
        self.run_id = UUID(int=0)
        self.booking_id = UUID(int=0)
        self.refund_minor = 0

    @classmethod
    def of(cls, run: DepartureCancellation, booking: Booking, *, now: datetime) -> AffectedBooking:
        """For a booking that has just been cancelled."""
        assert booking.cancelled is not None
        return cls.begin(
            cls.Cancelled,
            stream_id=derived_id("affected_booking", run.id, booking.id),
            now=now,
            run_id=run.id,
            booking_id=booking.id,
            refund_minor=booking.cancelled.refund_minor,
        )

    class Cancelled(FirstEvent):
        """The run has cancelled this booking, and owes its traveller so much."""

        TOPIC = "affected_booking.cancelled"
        run_id: UUID
        booking_id: UUID
        refund_minor: int

        def apply(self, aggregate: AffectedBooking) -> None:
            aggregate.run_id = self.run_id
            aggregate.booking_id = self.booking_id
            aggregate.refund_minor = self.refund_minor
