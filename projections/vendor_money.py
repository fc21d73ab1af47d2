"""What each vendor has earned and been paid: lines, balances per currency, and the statement."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from domain.booking import Booking
from domain.payment import Payment
from domain.payout import Payout
from domain.postings import posting_of
from domain.root import Event
from domain.vendor_ledger import VendorLedger
from projections.change import Add, Change, Projection, Put, Set

_COLUMNS = {
    "vendor.pending": "pending_minor",
    "vendor.available": "available_minor",
    "payout.in_transit": "in_transit_minor",
}


def project(event: Event, position: int) -> Iterator[Change]:
    yield from _balance(event)
    match event:
        case VendorLedger.Earned(line=line) as e:
            yield Put(
                "vendor_line",
                {"line_id": line.line_id},
                {
                    "vendor_id": e.vendor_id,
                    "currency": e.currency,
                    "booking_id": line.booking_id,
                    "kind": line.kind,
                    "amount_minor": line.amount_minor,
                    "earned_at": line.earned_at,
                    "available_from": line.available_from,
                    "state": "pending",
                },
            )
            yield _statement(position, e, line.amount_minor, line.kind, booking_id=line.booking_id)
        case VendorLedger.Released() as e:
            for line_id in e.line_ids:
                yield Set("vendor_line", {"line_id": line_id}, {"state": "available"})
        case VendorLedger.Closed() as e:
            for line_id in e.line_ids:
                yield Set("vendor_line", {"line_id": line_id}, {"state": "paid_out", "payout_id": e.payout_id})
        case Payment.RefundRequested() as e if e.funding.vendor_minor:
            yield _statement(position, e, -e.funding.vendor_minor, "refund", booking_id=e.booking_id)
        case Payout.Paid() as e:
            yield _statement(position, e, -e.amount_minor, "payout", payout_id=e.originator_id)
        case Payout.Failed(had_been_paid=True) as e:
            yield _statement(position, e, e.amount_minor, "payout_returned", payout_id=e.originator_id)


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
    event: VendorLedger.Earned | Payment.RefundRequested | Payout.Paid | Payout.Failed,
    amount_minor: int,
    kind: str,
    *,
    booking_id: UUID | None = None,
    payout_id: UUID | None = None,
) -> Put:
    at: datetime = event.timestamp
    return Put(
        "statement_line",
        {"position": position},
        {
            "vendor_id": event.vendor_id,
            "currency": event.currency,
            "at": at,
            "kind": kind,
            "booking_id": booking_id,
            "payout_id": payout_id,
            "amount_minor": amount_minor,
        },
    )


VENDOR_MONEY = Projection(
    "vendor_money",
    (
        Booking.Completed,
        Booking.Cancelled,
        Payment.RefundRequested,
        VendorLedger.Earned,
        VendorLedger.Released,
        VendorLedger.Closed,
        Payout.Drafted,
        Payout.Paid,
        Payout.Failed,
    ),
    project,
    ("vendor_balance", "vendor_line", "statement_line"),
)
