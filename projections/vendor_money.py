"""What each vendor has earned and been paid: lines, balances per currency, and the statement."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from domain.adjustment import Adjustment
from domain.booking import Booking
from domain.dispute import Dispute
from domain.payment import Payment
from domain.payout import Payout
from domain.postings import posting_of
from domain.root import Event
from domain.vendor_ledger import VendorLedger
from domain.vendor_line import Line
from projections.change import Add, Change, Projection, Put, Set

_COLUMNS = {
    "vendor.pending": "pending_minor",
    "vendor.available": "available_minor",
    "vendor.reserved": "reserved_minor",
    "payout.in_transit": "in_transit_minor",
}


def project(event: Event, position: int) -> Iterator[Change]:
    yield from _balance(event)
    yield from _lines(event)
    match event:
        case VendorLedger.Earned(line=line) as e:
            yield from _statement(position, e, line.amount_minor, line.kind, booking_id=line.booking_id)
        case Payment.RefundRequested() as e if e.funding.vendor_minor:
            yield from _statement(position, e, -e.funding.vendor_minor, "refund", booking_id=e.booking_id)
        case Dispute.Lost() as e if e.loss.vendor_minor:
            yield from _statement(position, e, -e.loss.vendor_minor, "dispute_lost", booking_id=e.booking_id)
        case Dispute.Recovered() as e if e.back.vendor_minor:
            yield from _statement(position, e, e.back.vendor_minor, "dispute_recovered", booking_id=e.booking_id)
        case Payout.Paid() as e:
            yield from _statement(position, e, -e.amount_minor, "payout", payout_id=e.originator_id)
        case Payout.Failed(had_been_paid=True) as e:
            yield from _statement(position, e, e.amount_minor, "payout_returned", payout_id=e.originator_id)
        case Adjustment.Approved() as e:
            yield from _statement(position, e, e.amount_minor, "adjustment")


def _lines(event: Event) -> Iterator[Change]:
    match event:
        case VendorLedger.Earned() as e:
            yield _line(e, e.line, "pending")
        case VendorLedger.Adjusted() as e:
            yield _line(e, e.line, "available")
        case VendorLedger.DebtCarried() as e:
            yield _line(e, e.left, "available")
            yield _line(e, e.carried, "available")
        case VendorLedger.Released() as e:
            for line_id in e.line_ids:
                yield Set("vendor_line", {"line_id": line_id}, {"state": "available"})
        case VendorLedger.Closed() as e:
            for line_id in e.line_ids:
                yield Set("vendor_line", {"line_id": line_id}, {"state": "paid_out", "payout_id": e.payout_id})
        case VendorLedger.Returned() as e:
            for line in e.lines:
                yield Set("vendor_line", {"line_id": line.line_id}, {"state": "available", "payout_id": None})


def _line(event: VendorLedger.Earned | VendorLedger.Adjusted | VendorLedger.DebtCarried, line: Line, state: str) -> Put:
    return Put(
        "vendor_line",
        {"line_id": line.line_id},
        {
            "vendor_id": event.vendor_id,
            "currency": event.currency,
            "booking_id": line.booking_id,
            "kind": line.kind,
            "amount_minor": line.amount_minor,
            "earned_at": line.earned_at,
            "available_from": line.available_from,
            "state": state,
        },
    )


def _balance(event: Event) -> Iterator[Change]:
    """The vendor's accounts as the journal moves them, so that the two can never differ."""
    posting = posting_of(event)
    if posting is None or posting.vendor_id is None:
        return
    amounts: dict[str, int] = {}
    for entry in posting.entries:
        column = _COLUMNS.get(entry.account)
        if column is not None:
            amounts[column] = amounts.get(column, 0) + entry.credit_minor - entry.debit_minor
    match event:
        case Payout.Paid() as e:
            amounts["paid_out_minor"] = e.amount_minor
        case Payout.Failed(had_been_paid=True) as e:
            amounts["paid_out_minor"] = -e.amount_minor
    if amounts:
        key = {"vendor_id": posting.vendor_id, "currency": posting.currency}
        yield Add("vendor_balance", key, amounts, makes_row=True)


def _statement(
    position: int,
    event: VendorLedger.Earned
    | Payment.RefundRequested
    | Dispute.Lost
    | Dispute.Recovered
    | Payout.Paid
    | Payout.Failed
    | Adjustment.Approved,
    amount_minor: int,
    kind: str,
    *,
    booking_id: UUID | None = None,
    payout_id: UUID | None = None,
) -> Iterator[Change]:
    """A line, and what it adds to its day: balances of long statements start from the days before."""
    known_at: datetime = event.timestamp
    at: datetime = getattr(event, "effective_at", known_at)
    whose = {"vendor_id": event.vendor_id, "currency": event.currency}
    yield Put(
        "statement_line",
        {"position": position},
        {
            **whose,
            "at": at,
            "known_at": known_at if at < known_at else None,
            "kind": kind,
            "booking_id": booking_id,
            "payout_id": payout_id,
            "amount_minor": amount_minor,
        },
    )
    day = known_at.astimezone(UTC).date()
    yield Add("statement_day", {**whose, "day": day}, {"amount_minor": amount_minor}, makes_row=True)


VENDOR_MONEY = Projection(
    "vendor_money",
    (
        Booking.Completed,
        Booking.Cancelled,
        Booking.PartCancelled,
        Booking.Rescheduled,
        Booking.NoShowRecorded,
        Payment.RefundRequested,
        Dispute.Withdrawn,
        Dispute.Won,
        Dispute.Lost,
        Dispute.Recovered,
        Adjustment.Approved,
        VendorLedger.Earned,
        VendorLedger.Adjusted,
        VendorLedger.Released,
        VendorLedger.DebtCarried,
        VendorLedger.Closed,
        VendorLedger.Returned,
        Payout.Drafted,
        Payout.Cancelled,
        Payout.Paid,
        Payout.Failed,
        Payout.TransferReversed,
        Payout.Returned,
    ),
    project,
    ("vendor_balance", "vendor_line", "statement_line", "statement_day"),
)
