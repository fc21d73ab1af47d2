"""React: which tasks an event causes. A pure function; the rows it returns are the task board's."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.ids import derived_id
from domain.payment import Payment
from domain.payout import Payout, PayoutRun
from domain.root import Event
from domain.vendor import Vendor
from projections.change import Change, Once, Projection


def react(event: Event, position: int) -> Iterator[Change]:
    match event:
        case Payment.Requested():
            yield _task("charge", event, position, {"payment_id": event.originator_id})
        case Payment.Captured():
            yield _task("settle_payment", event, position, {"payment_id": event.originator_id})
        case Payment.VoidRequested():
            yield _task("void", event, position, {"payment_id": event.originator_id})
        case Payment.RefundRequested() as e:
            yield _task("refund", event, position, {"payment_id": e.originator_id, "refund_id": e.refund_id})
        case Vendor.AccountRequested() as e:
            yield _task("payout_account", event, position, {"vendor_id": e.vendor_id})
        case PayoutRun.Started():
            yield _task("draft_payouts", event, position, {"run_id": event.originator_id})
        case Payout.Drafted():
            yield _task("transfer", event, position, {"payout_id": event.originator_id})
        case Payout.Transferred():
            yield _task("bank_payout", event, position, {"payout_id": event.originator_id})


def _task(kind: str, cause: Event, position: int, arguments: Mapping[str, Any]) -> Once:
    """One task per kind and event, however often the event is read."""
    task_id = derived_id("task", kind, cause.originator_id, cause.originator_version)
    return Once("task", {"task_id": task_id}, {"kind": kind, "arguments": arguments, "caused_by": position})


REACT = Projection(
    "react",
    (
        Payment.Requested,
        Payment.Captured,
        Payment.VoidRequested,
        Payment.RefundRequested,
        Vendor.AccountRequested,
        PayoutRun.Started,
        Payout.Drafted,
        Payout.Transferred,
    ),
    react,
    ("task",),
)
