"""The chart of accounts, and which balanced entry each event makes (domain.md, "Chart of accounts and postings")."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from domain.booking import Booking
from domain.payment import BalanceEntry, Payment
from domain.payout import Payout
from domain.root import Event
from domain.vendor_ledger import VendorLedger

Account = Literal[
    "stripe.balance",
    "stripe.clearing",
    "connected.balance",
    "booking.unearned",
    "vendor.pending",
    "vendor.available",
    "payout.in_transit",
    "refund.payable",
    "commission.revenue",
    "cancellation.revenue",
    "stripe.fees",
    "goodwill",
]
CHART: tuple[Account, ...] = get_args(Account)


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a posting: a debit or a credit, never both, never negative. `owner` is a booking or a vendor."""

    account: Account
    debit_minor: int
    credit_minor: int
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A balanced journal entry in one currency."""

    currency: str
    entries: tuple[Entry, ...]
    booking_id: UUID | None
    vendor_id: UUID | None
    provider_ref: str | None = None

    def __post_init__(self) -> None:
        assert sum(e.debit_minor for e in self.entries) == sum(e.credit_minor for e in self.entries), self
        assert all(min(e.debit_minor, e.credit_minor) == 0 <= max(e.debit_minor, e.credit_minor) for e in self.entries)


def _signed(account: Account, minor: int, owner: UUID | None = None) -> Entry:
    """A debit of `minor`; a negative one is the credit of its amount."""
    return Entry(account, max(minor, 0), max(-minor, 0), owner)


def _posting(
    currency: str,
    *entries: Entry,
    booking_id: UUID | None = None,
    vendor_id: UUID | None = None,
    provider_ref: str | None = None,
) -> Posting:
    moved = tuple(entry for entry in entries if entry.debit_minor or entry.credit_minor)
    return Posting(currency, moved, booking_id, vendor_id, provider_ref)


def _move(
    debit: Account,
    credit: Account,
    minor: int,
    *,
    debit_owner: UUID | None = None,
    credit_owner: UUID | None = None,
) -> tuple[Entry, Entry]:
    return _signed(debit, minor, debit_owner), _signed(credit, -minor, credit_owner)


def _vendor_move(debit: Account, credit: Account, minor: int, vendor_id: UUID) -> tuple[Entry, Entry]:
    return _move(debit, credit, minor, debit_owner=vendor_id, credit_owner=vendor_id)


def _seen(entry: BalanceEntry) -> tuple[Entry, ...]:
    """A Stripe balance transaction: Stripe's word for what clearing had expected; any fee is an expense."""
    return (
        _signed("stripe.balance", entry.gross_minor - entry.fee_minor),
        _signed("stripe.fees", entry.fee_minor),
        _signed("stripe.clearing", -entry.gross_minor),
    )


def _captured(e: Payment.Captured) -> Posting:
    return _posting(
        e.currency,
        *_move("stripe.clearing", "booking.unearned", e.amount_minor, credit_owner=e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.charge_id,
    )


def _settled(e: Payment.Settled | Payment.RefundSettled) -> Posting:
    return _posting(
        e.entry.currency,
        *_seen(e.entry),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.entry.balance_transaction_id,
    )


def _refund_requested(e: Payment.RefundRequested) -> Posting:
    return _posting(
        e.currency,
        _signed("booking.unearned", e.funding.unearned_minor, e.booking_id),
        _signed("vendor.available", e.funding.vendor_minor, e.vendor_id),
        _signed("commission.revenue", e.funding.commission_minor),
        _signed("goodwill", e.funding.goodwill_minor),
        _signed("refund.payable", -e.amount_minor, e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
    )


def _refund_succeeded(e: Payment.RefundSucceeded) -> Posting:
    return _posting(
        e.currency,
        *_move("refund.payable", "stripe.clearing", e.amount_minor, debit_owner=e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
    )


def _refund_failed(e: Payment.RefundFailed) -> Posting | None:
    """Owed again, if it had been taken from what is owed; and what Stripe gave back stands on its balance again."""
    entries: tuple[Entry, ...] = ()
    if e.had_succeeded:
        entries += _move("stripe.clearing", "refund.payable", e.amount_minor, credit_owner=e.booking_id)
    if e.returned is not None:
        assert e.returned.currency == e.currency, e
        entries += _seen(e.returned)
    if not entries:
        return None
    provider_ref = e.returned.balance_transaction_id if e.returned else None
    return _posting(e.currency, *entries, booking_id=e.booking_id, vendor_id=e.vendor_id, provider_ref=provider_ref)


def _completed(e: Booking.Completed) -> Posting | None:
    return _earned(e, e.vendor_share_minor, e.platform_share_minor, "commission.revenue")


def _cancelled(e: Booking.Cancelled) -> Posting | None:
    return _earned(e, e.outcome.vendor_share_minor, e.outcome.platform_share_minor, "cancellation.revenue")


def _earned(
    e: Booking.Completed | Booking.Cancelled, vendor_minor: int, platform_minor: int, income: Account
) -> Posting | None:
    """What stays of the price is earned: by the vendor, and by the platform as commission or cancellation share."""
    if vendor_minor + platform_minor == 0:
        return None
    return _posting(
        e.currency,
        _signed("booking.unearned", vendor_minor + platform_minor, e.originator_id),
        _signed("vendor.pending", -vendor_minor, e.vendor_id),
        _signed(income, -platform_minor),
        booking_id=e.originator_id,
        vendor_id=e.vendor_id,
    )


def _released(e: VendorLedger.Released) -> Posting:
    entries = _vendor_move("vendor.pending", "vendor.available", e.amount_minor, e.vendor_id)
    return _posting(e.currency, *entries, vendor_id=e.vendor_id)


def _payout_drafted(e: Payout.Drafted) -> Posting:
    entries = _vendor_move("vendor.available", "payout.in_transit", e.amount_minor, e.vendor_id)
    return _posting(e.currency, *entries, vendor_id=e.vendor_id)


def _transferred(e: Payout.Transferred) -> Posting:
    entries = _move("connected.balance", "stripe.clearing", e.amount_minor, debit_owner=e.vendor_id)
    return _posting(e.currency, *entries, vendor_id=e.vendor_id, provider_ref=e.transfer_id)


def _transfer_settled(e: Payout.TransferSettled) -> Posting:
    return _posting(
        e.entry.currency, *_seen(e.entry), vendor_id=e.vendor_id, provider_ref=e.entry.balance_transaction_id
    )


def _payout_paid(e: Payout.Paid) -> Posting:
    entries = _vendor_move("payout.in_transit", "connected.balance", e.amount_minor, e.vendor_id)
    return _posting(e.currency, *entries, vendor_id=e.vendor_id)


def _payout_failed(e: Payout.Failed) -> Posting | None:
    """Without `had_been_paid` the money never left the vendor's Stripe account, and is still in transit."""
    if not e.had_been_paid:
        return None
    entries = _vendor_move("connected.balance", "payout.in_transit", e.amount_minor, e.vendor_id)
    return _posting(e.currency, *entries, vendor_id=e.vendor_id)


_RULES: dict[type[Event], Callable[[Any], Posting | None]] = {
    Payment.Captured: _captured,
    Payment.Settled: _settled,
    Payment.RefundRequested: _refund_requested,
    Payment.RefundSucceeded: _refund_succeeded,
    Payment.RefundSettled: _settled,
    Payment.RefundFailed: _refund_failed,
    Booking.Completed: _completed,
    Booking.Cancelled: _cancelled,
    VendorLedger.Released: _released,
    Payout.Drafted: _payout_drafted,
    Payout.Transferred: _transferred,
    Payout.TransferSettled: _transfer_settled,
    Payout.Paid: _payout_paid,
    Payout.Failed: _payout_failed,
}


def posting_of(event: Event) -> Posting | None:
    """The posting this event makes, or None if it moves no money. Every event makes at most one."""
    rule = _RULES.get(type(event))
    return None if rule is None else rule(event)
