"""The double-entry journal, and the totals of every account."""

from collections.abc import Iterator

from domain.booking import Booking
from domain.payment import Payment
from domain.payout import Payout
from domain.postings import posting_of
from domain.root import Event
from domain.vendor_ledger import VendorLedger
from projections.change import Add, Change, Projection, Put


def project(event: Event, position: int) -> Iterator[Change]:
    posting = posting_of(event)
    if posting is None:
        return
    for line, entry in enumerate(posting.entries):
        sides = {"debit_minor": entry.debit_minor, "credit_minor": entry.credit_minor}
        yield Put(
            "journal",
            {"position": position, "line": line},
            {
                "at": event.timestamp,
                "topic": event.TOPIC,
                "currency": posting.currency,
                "account": entry.account,
                "owner_id": entry.owner,
                **sides,
                "booking_id": posting.booking_id,
                "vendor_id": posting.vendor_id,
                "provider_ref": posting.provider_ref,
            },
        )
        yield Add("ledger_account", {"account": entry.account, "currency": posting.currency}, sides, makes_row=True)


JOURNAL = Projection(
    "journal",
    (
        Booking.Completed,
        Booking.Cancelled,
        Payment.Captured,
        Payment.Settled,
        Payment.RefundRequested,
        Payment.RefundSucceeded,
        Payment.RefundSettled,
        Payment.RefundFailed,
        VendorLedger.Released,
        Payout.Drafted,
        Payout.Transferred,
        Payout.TransferSettled,
        Payout.Paid,
        Payout.Failed,
    ),
    project,
    ("journal", "ledger_account"),
)
