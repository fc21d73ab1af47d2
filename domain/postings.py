"""Which balanced entry each event makes: the table at the end (domain.md, "Chart of accounts and postings")."""

from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

from domain import dispute_postings, payout_postings
from domain.adjustment import Adjustment
from domain.booking import Booking, later_events
from domain.payment import Payment
from domain.posting import CHART, Account, Entry, Posting, exchange, move, posting, seen, signed, vendor_move
from domain.root import Event
from domain.vendor_ledger import VendorLedger

__all__ = ["CHART", "POSTING_EVENTS", "Account", "Entry", "Posting", "posting_of"]


def _captured(e: Payment.Captured) -> Posting:
    return posting(
        e.currency,
        *move("stripe.clearing", "booking.unearned", e.amount_minor, credit_owner=e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.charge_id,
    )


def _settled(e: Payment.Settled | Payment.RefundSettled | Payment.RefundReturned) -> Posting:
    return posting(
        e.entry.currency,
        *seen(e.entry),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.entry.balance_transaction_id,
    )


def _exchanged(e: Payment.Exchanged) -> Posting:
    return posting(
        e.currency,
        *exchange(e.amount_minor),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.balance_transaction_id,
    )


def _refund_requested(e: Payment.RefundRequested) -> Posting:
    return posting(
        e.currency,
        signed("booking.unearned", e.funding.unearned_minor, e.booking_id),
        signed("vendor.available", e.funding.vendor_minor, e.vendor_id),
        signed("commission.revenue", e.funding.commission_minor),
        signed("cancellation.revenue", e.funding.cancellation_minor),
        signed("goodwill", e.funding.goodwill_minor),
        signed("refund.payable", -e.amount_minor, e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
    )


def _refund_succeeded(e: Payment.RefundSucceeded) -> Posting:
    return posting(
        e.currency,
        *move("refund.payable", "stripe.clearing", e.amount_minor, debit_owner=e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
    )


def _refund_failed(e: Payment.RefundFailed) -> Posting | None:
    """Owed again, if it had been taken from what is owed; and what Stripe gave back stands on its balance again."""
    entries: tuple[Entry, ...] = ()
    if e.had_succeeded:
        entries += move("stripe.clearing", "refund.payable", e.amount_minor, credit_owner=e.booking_id)
    if e.returned is not None:
        assert e.returned.currency == e.currency, e
        entries += seen(e.returned)
    if not entries:
        return None
    provider_ref = e.returned.balance_transaction_id if e.returned else None
    return posting(e.currency, *entries, booking_id=e.booking_id, vendor_id=e.vendor_id, provider_ref=provider_ref)


def _refund_paid_otherwise(e: Payment.RefundOtherwisePaid) -> Posting:
    """Stripe could not reach the card, so a bank account of ours has paid it."""
    return posting(
        e.currency,
        *move("refund.payable", "bank", e.amount_minor, debit_owner=e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.reference,
    )


def _refund_covered(e: Payment.RefundCovered) -> Posting:
    """It was an expense of ours when it was given; in truth it is the traveller's own money."""
    return posting(
        e.currency,
        *move("booking.unearned", "goodwill", e.amount_minor, debit_owner=e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
    )


def _refund_overtaken(e: Payment.RefundOvertaken) -> Posting:
    """It was booked as a loss of ours when the dispute was lost; in truth it is what we owed."""
    return posting(
        e.currency,
        *move("refund.payable", "chargeback.loss", e.amount_minor, debit_owner=e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
    )


def _completed(e: later_events.Completed) -> Posting | None:
    return _earned(e, e.vendor_share_minor, e.platform_share_minor, "commission.revenue")


def _decided(e: later_events.Cancelled | later_events.PartCancelled | later_events.NoShowRecorded) -> Posting | None:
    return _earned(e, e.outcome.vendor_share_minor, e.outcome.platform_share_minor, "cancellation.revenue")


def _rescheduled(e: later_events.Rescheduled) -> Posting | None:
    """What it costs less is treated as a part that was cancelled."""
    if e.outcome is None:
        return None
    return _earned(e, e.outcome.vendor_share_minor, e.outcome.platform_share_minor, "cancellation.revenue")


class _Earning(Protocol):
    """An event by which a booking's money is earned."""

    @property
    def originator_id(self) -> UUID: ...
    @property
    def vendor_id(self) -> UUID: ...
    @property
    def currency(self) -> str: ...


def _earned(e: _Earning, vendor_minor: int, platform_minor: int, income: Account) -> Posting | None:
    """What stays of the price is earned: by the vendor, and by the platform as commission or cancellation share."""
    if vendor_minor + platform_minor == 0:
        return None
    return posting(
        e.currency,
        signed("booking.unearned", vendor_minor + platform_minor, e.originator_id),
        signed("vendor.pending", -vendor_minor, e.vendor_id),
        signed(income, -platform_minor),
        booking_id=e.originator_id,
        vendor_id=e.vendor_id,
    )


def _released(e: VendorLedger.Released) -> Posting:
    entries = vendor_move("vendor.pending", "vendor.available", e.amount_minor, e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id)


def _adjusted(e: Adjustment.Approved) -> Posting:
    """In the vendor's favour at our expense, or the other way round."""
    entries = move(e.against, "vendor.available", e.amount_minor, credit_owner=e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id)


_RULES: dict[type[Event], Callable[[Any], Posting | None]] = {
    Payment.Captured: _captured,
    Payment.Settled: _settled,
    Payment.Exchanged: _exchanged,
    Payment.RefundRequested: _refund_requested,
    Payment.RefundSucceeded: _refund_succeeded,
    Payment.RefundSettled: _settled,
    Payment.RefundFailed: _refund_failed,
    Payment.RefundReturned: _settled,
    Payment.RefundOtherwisePaid: _refund_paid_otherwise,
    Payment.RefundCovered: _refund_covered,
    Payment.RefundOvertaken: _refund_overtaken,
    Booking.Completed: _completed,
    Booking.Cancelled: _decided,
    Booking.PartCancelled: _decided,
    Booking.NoShowRecorded: _decided,
    Booking.Rescheduled: _rescheduled,
    VendorLedger.Released: _released,
    Adjustment.Approved: _adjusted,
    **payout_postings.RULES,
    **dispute_postings.RULES,
}

# Every event that may make a posting: who keeps books follows them all.
POSTING_EVENTS: tuple[type[Event], ...] = tuple(_RULES)


def posting_of(event: Event) -> Posting | None:
    """The posting this event makes, or None if it moves no money. Every event makes at most one."""
    rule = _RULES.get(type(event))
    return None if rule is None else rule(event)
