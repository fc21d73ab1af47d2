"""Comparisons with Stripe, one row each."""

from collections.abc import Iterator

from domain.reconciliation import Reconciliation
from domain.root import Event
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"run_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case Reconciliation.Started() as e:
            yield Put("reconciliation", key, {"started_at": e.timestamp, **version})
        case Reconciliation.Finished() as e:
            counts = {
                "matched": e.matched,
                "ours_only": e.ours_only,
                "theirs_only": e.theirs_only,
                "different": e.different,
            }
            yield Set("reconciliation", key, {**counts, "finished_at": e.timestamp, **version})


RECONCILIATIONS = Projection(
    "reconciliations",
    (Reconciliation.Started, Reconciliation.Finished),
    project,
    ("reconciliation",),
)
