"""Comparisons with Stripe, one row each, and the balance transactions that they put on suspense."""

from collections.abc import Iterator

from domain.reconciliation import Reconciliation
from domain.root import Event
from domain.stray_entry import StrayEntry
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

        case _:
            yield from _stray(event, version)


def _stray(event: Event, version: dict[str, int]) -> Iterator[Change]:
    key = {"entry_id": event.originator_id}
    match event:
        case StrayEntry.Suspended() as e:
            yield Put(
                "stray_entry",
                key,
                {
                    "balance_transaction_id": e.entry.balance_transaction_id,
                    "amount_minor": e.entry.gross_minor - e.entry.fee_minor,
                    "currency": e.entry.currency,
                    "kind": e.kind,
                    "source": e.source,
                    "status": "suspended",
                    "created_at": e.timestamp,
                    **version,
                },
            )
        case StrayEntry.ExplanationProposed(explanation=said) as e:
            proposed = {
                "account": said.account,
                "booking_id": said.booking_id,
                "reason": said.reason,
                "document": said.document,
                "proposed_by": e.proposed_by,
                "decided_by": None,
                "decided_at": None,
            }
            yield Set("stray_entry", key, {"status": "proposed", **proposed, **version})
        case StrayEntry.Explained() as e:
            decided = {"decided_by": e.approved_by, "decided_at": e.timestamp}
            yield Set("stray_entry", key, {"status": "explained", **decided, **version})
        case StrayEntry.ExplanationRejected() as e:
            decided = {"decided_by": e.rejected_by, "decided_at": e.timestamp}
            yield Set("stray_entry", key, {"status": "suspended", **decided, **version})
        case StrayEntry.ExplanationWithdrawn():
            yield Set("stray_entry", key, {"status": "suspended", **version})
        case StrayEntry.Identified():
            yield Set("stray_entry", key, {"status": "identified", **version})


RECONCILIATIONS = Projection(
    "reconciliations",
    (
        Reconciliation.Started,
        Reconciliation.Finished,
        StrayEntry.Suspended,
        StrayEntry.ExplanationProposed,
        StrayEntry.Explained,
        StrayEntry.ExplanationRejected,
        StrayEntry.ExplanationWithdrawn,
        StrayEntry.Identified,
    ),
    project,
    ("reconciliation", "stray_entry"),
)
