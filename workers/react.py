"""React: which tasks an event causes. A pure function; the rows it returns are the task board's."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from domain.departure_cancellation import DepartureCancellation
from domain.dispute import Dispute
from domain.housekeeping import Housekeeping
from domain.ids import derived_id
from domain.intervention import Intervention
from domain.payment import Payment
from domain.payout import Payout
from domain.payout_run import PayoutRun
from domain.reconciliation import Reconciliation
from domain.root import Event
from domain.vendor import Vendor
from infrastructure.messages.catalogue import CAUSES
from projections.change import Change, Once, Projection, Set
from workers.react_messages import due_messages
from workers.react_people import PEOPLE, due_for_people

# Before every other task; what time it is now, on the board's clock, no event can know.
AT_ONCE: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PAYMENT: Final = {"payment_id": "originator_id"}
_REFUND: Final = {"payment_id": "originator_id", "refund_id": "refund_id"}
_PAYOUT: Final = {"payout_id": "originator_id"}

# The kind of task that an event causes, and which fields of the event are its arguments.
_TASKS: Final[dict[type[Event], tuple[str, Mapping[str, str]]]] = {
    Payment.Requested: ("charge", _PAYMENT),
    Payment.Captured: ("settle_payment", _PAYMENT),
    Payment.CaptureRequested: ("capture", _PAYMENT),
    Payment.CaptureFailed: ("void", _PAYMENT),
    Payment.VoidRequested: ("void", _PAYMENT),
    Payment.RefundRequested: ("refund", _REFUND),
    Payment.RefundRetried: ("refund", _REFUND),
    Vendor.AccountRequested: ("payout_account", {"vendor_id": "vendor_id"}),
    PayoutRun.Started: ("draft_payouts", {"run_id": "originator_id"}),
    Payout.Drafted: ("transfer", _PAYOUT),
    Payout.Transferred: ("bank_payout", _PAYOUT),
    Payout.Failed: ("reverse_transfer", _PAYOUT),
    Payout.ReversalRequested: ("reverse_transfer", _PAYOUT),
    Payout.Released: ("payout_step", _PAYOUT),
    Payout.Retried: ("payout_step", _PAYOUT),
    Dispute.EvidenceRequested: ("dispute_evidence", {"dispute_id": "originator_id", "number": "number"}),
    DepartureCancellation.Started: ("cancel_departure", {"run_id": "originator_id"}),
    Reconciliation.Started: ("reconcile", {"run_id": "originator_id"}),
    Housekeeping.Started: ("housekeep", {"run_id": "originator_id"}),
}


def react(event: Event, position: int) -> Iterator[Change]:
    """One task per kind and event, however often the event is read; or what somebody wants done with one."""
    if isinstance(event, Intervention.Ordered):
        yield _taken_in_hand(event)
        return
    for kind, arguments, named in (*due_messages(event), *_due(event)):
        task_id = derived_id("task", *named, event.originator_id, event.originator_version)
        yield Once("task", {"task_id": task_id}, {"kind": kind, "arguments": arguments, "caused_by": position})


def _taken_in_hand(e: Intervention.Ordered) -> Set:
    """A retry keeps one attempt on its account: whatever was sent before is looked up before it is sent again."""
    if e.what == "retry":
        again = {"state": "due", "attempts": 1, "due_at": AT_ONCE, "lease_until": None}
        return Set("task", {"task_id": e.task_id}, again)
    return Set("task", {"task_id": e.task_id}, {"state": "parked", "lease_until": None, "last_error": "parked by hand"})


def _due(event: Event) -> list[tuple[str, dict[str, Any], tuple[object, ...]]]:
    """Kind, arguments, and what the id is made of beside the event."""
    if type(event) in PEOPLE:
        return [(kind, arguments, (kind,)) for kind, arguments in due_for_people(event)]
    if type(event) not in _TASKS:
        return []
    if isinstance(event, Payout.Drafted | Payout.Failed) and event.method == "bank_transfer":
        return []  # Stripe has no part in it: people of finance put it into a payment file, and say what became of it.
    if isinstance(event, Housekeeping.Started) and not event.scheduled:
        return []  # Whoever asked for it does it.
    kind, fields = _TASKS[type(event)]
    return [(kind, {name: getattr(event, field) for name, field in fields.items()}, (kind,))]


_TOLD: Final = sorted(CAUSES, key=lambda event: event.TOPIC)
REACT = Projection("react", (*dict.fromkeys((*_TASKS, *PEOPLE, *_TOLD)), Intervention.Ordered), react, ("task",))
