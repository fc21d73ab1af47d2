"""Adjustments, proposed and decided."""

from collections.abc import Iterator

from domain.adjustment import Adjustment
from domain.root import Event
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"adjustment_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case Adjustment.Proposed() as e:
            yield Put(
                "adjustment",
                key,
                {
                    "vendor_id": e.vendor_id,
                    "currency": e.currency,
                    "amount_minor": e.amount_minor,
                    "reason": e.reason,
                    "document": e.document,
                    "effective_at": e.effective_at,
                    "status": "proposed",
                    "proposed_by": e.proposed_by,
                    "created_at": e.timestamp,
                    **version,
                },
            )
        case Adjustment.Approved() as e:
            decided = {"decided_by": e.approved_by, "decided_at": e.timestamp, "effective_at": e.effective_at}
            yield Set("adjustment", key, {"status": "approved", **decided, **version})
        case Adjustment.Rejected() as e:
            decided = {"decided_by": e.rejected_by, "decided_at": e.timestamp}
            yield Set("adjustment", key, {"status": "rejected", **decided, **version})


ADJUSTMENTS = Projection(
    "adjustments", (Adjustment.Proposed, Adjustment.Approved, Adjustment.Rejected), project, ("adjustment",)
)
