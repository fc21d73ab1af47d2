"""Payouts with their lines, the runs that draft them, and who was carried forward."""

from collections.abc import Iterator
from typing import Any, Final

from domain.payment_file import PaymentFile
from domain.payout import Payout
from domain.payout_run import PayoutRun
from domain.root import Event
from domain.vendor_ledger import VendorLedger
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    match event:
        case Payout.Drafted() as e:
            yield from _drafted(e)
        case PayoutRun.Started() | PayoutRun.Advanced() | PayoutRun.Finished() as e:
            yield _run(e)
        case VendorLedger.CarriedForward() as e:
            yield _carried(e)
        case PaymentFile.Created() as e:
            yield _file(e)
        case _:
            key = {"payout_id": event.originator_id}
            yield Set("payout", key, {**_became(event), "version": event.originator_version})


def _drafted(e: Payout.Drafted) -> Iterator[Change]:
    yield Put(
        "payout",
        {"payout_id": e.originator_id},
        {
            "vendor_id": e.vendor_id,
            "currency": e.currency,
            "cadence": e.cadence,
            "period_end": e.period_end,
            "amount_minor": e.amount_minor,
            "status": "drafted",
            "method": e.method,
            "destination": e.destination,
            "created_at": e.timestamp,
            "version": e.originator_version,
        },
    )
    for line in e.lines:
        yield Put(
            "payout_line",
            {"payout_id": e.originator_id, "line_id": line.line_id},
            {
                "booking_id": line.booking_id,
                "kind": line.kind,
                "currency": e.currency,
                "amount_minor": line.amount_minor,
                "earned_at": line.earned_at,
            },
        )


# What an event makes of a payout, as `Payout.shown_status` tells it, and which fields of the event stand in its row.
_BECOMES: Final[dict[type[Event], dict[str, Any]]] = {
    Payout.TransferSubmitted: {"status": "transfer_submitted"},
    Payout.BankSubmitted: {"status": "bank_submitted"},
    Payout.Paid: {"status": "paid"},
    Payout.Failed: {"status": "failed", "paid_at": None},
    Payout.Unresolved: {"status": "unresolved"},
    Payout.Held: {"on_hold": True},
    Payout.Released: {"on_hold": False},
    Payout.ReversalRequested: {"on_hold": False},
    Payout.Cancelled: {"status": "cancelled", "returned": True, "on_hold": False},
    Payout.TransferReversed: {"returned": True},
    Payout.Filed: {"status": "bank_submitted"},
    Payout.Returned: {"returned": True},
}
_SAYS: Final[dict[type[Event], dict[str, str]]] = {
    Payout.Unresolved: {"unresolved_at": "timestamp", "unresolved_why": "why"},
    Payout.Transferred: {"transfer_id": "transfer_id"},
    Payout.BankSubmitted: {"stripe_payout_id": "stripe_payout_id"},
    Payout.Paid: {"paid_at": "timestamp"},
    Payout.Failed: {"failure_code": "code"},
    Payout.TransferReversed: {"reversal_id": "reversal_id"},
    Payout.Filed: {"file_id": "file_id"},
}


def _became(event: Event) -> dict[str, Any]:
    said = {column: getattr(event, name) for column, name in _SAYS.get(type(event), {}).items()}
    match event:
        case Payout.Transferred() as e:
            said["status"] = "cancelled" if e.had_returned else "transferred"
        case Payout.Refused() as e:
            said["status"] = "drafted" if e.step == "transfer" else "transferred"
        case Payout.TransferReversed() as e:
            said["status"] = "failed" if e.had_failed else "cancelled"
    return _BECOMES.get(type(event), {}) | said


def _run(event: PayoutRun.Started | PayoutRun.Advanced | PayoutRun.Finished) -> Change:
    key = {"run_id": event.originator_id}
    match event:
        case PayoutRun.Started() as e:
            period = {"cadence": e.cadence, "period_end": e.period_end, "cutoff": e.cutoff}
            return Put("payout_run", key, {**period, "status": "running", "started_at": e.timestamp})
        case PayoutRun.Advanced() as e:
            return Set("payout_run", key, {"waiting": e.waiting, "payouts": e.payouts, "carried": e.carried})
        case PayoutRun.Finished() as e:
            counts = {"payouts": e.payouts, "carried": e.carried}
            return Set("payout_run", key, {"status": "finished", **counts, "finished_at": e.timestamp})


def _carried(e: VendorLedger.CarriedForward) -> Change:
    return Put(
        "payout_carried",
        {"vendor_id": e.vendor_id, "currency": e.currency, "cadence": e.cadence, "period_end": e.period_end},
        {
            "payable_minor": e.payable_minor,
            "minimum_minor": e.minimum_minor,
            "reason": e.reason,
            "carried_at": e.timestamp,
        },
    )


def _file(e: PaymentFile.Created) -> Change:
    return Put(
        "payment_file",
        {"file_id": e.originator_id},
        {
            "currency": e.currency,
            "payouts": len(e.payout_ids),
            "total_minor": e.total_minor,
            "execution_date": e.execution_date,
            "created_at": e.timestamp,
            "version": e.originator_version,
        },
    )


PAYOUTS = Projection(
    "payouts",
    (
        Payout.Drafted,
        Payout.TransferSubmitted,
        Payout.Transferred,
        Payout.TransferSettled,
        Payout.BankRequested,
        Payout.BankSubmitted,
        Payout.Paid,
        Payout.Failed,
        Payout.Refused,
        Payout.Unresolved,
        Payout.Held,
        Payout.Released,
        Payout.Retried,
        Payout.Cancelled,
        Payout.ReversalRequested,
        Payout.TransferReversed,
        Payout.ReversalSettled,
        Payout.Filed,
        Payout.Returned,
        PaymentFile.Created,
        PayoutRun.Started,
        PayoutRun.Advanced,
        PayoutRun.Finished,
        VendorLedger.CarriedForward,
    ),
    project,
    ("payout", "payout_line", "payout_carried", "payout_run", "payment_file"),
)
