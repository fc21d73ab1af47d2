"""Departures cancelled by the platform: each run, and how far it has got."""

from collections.abc import Iterator

from domain.departure_cancellation import AffectedBooking, DepartureCancellation
from domain.root import Event
from projections.change import Add, Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    match event:
        case DepartureCancellation.Started() as e:
            yield Put(
                "departure_cancellation",
                {"run_id": e.originator_id},
                {
                    "listing_id": e.listing_id,
                    "starts_from": e.starts_from,
                    "starts_before": e.starts_before,
                    "currency": e.currency,
                    "reason": e.reason,
                    "started_by": e.started_by,
                    "expected": e.expected,
                    "status": "running",
                    "created_at": e.timestamp,
                },
            )
        case AffectedBooking.Cancelled() as e:
            done = {"done": 1, "refund_minor": e.refund_minor}
            yield Add("departure_cancellation", {"run_id": e.run_id}, done)
        case DepartureCancellation.Finished() as e:
            finished = {"status": "finished", "remaining": e.left, "finished_at": e.timestamp}
            yield Set("departure_cancellation", {"run_id": e.originator_id}, finished)


DEPARTURE_CANCELLATIONS = Projection(
    "departure_cancellations",
    (DepartureCancellation.Started, AffectedBooking.Cancelled, DepartureCancellation.Finished),
    project,
    ("departure_cancellation",),
)
