"""The chart of accounts, and which balanced entry each event makes (domain.md, "Chart of accounts and postings")."""

from dataclasses import dataclass
from typing import Literal, get_args
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


def _seen(entry: BalanceEntry, *, booking_id: UUID | None, vendor_id: UUID) -> Posting:
    """A Stripe balance transaction: Stripe's word for what clearing had expected; any fee is an expense."""
    return _posting(
        entry.currency,
        _signed("stripe.balance", entry.gross_minor - entry.fee_minor),
        _signed("stripe.fees", entry.fee_minor),
        _signed("stripe.clearing", -entry.gross_minor),
        booking_id=booking_id,
        vendor_id=vendor_id,
        provider_ref=entry.balance_transaction_id,
    )


def posting_of(event: Event) -> Posting | None:
    """The posting this event makes, or None if it moves no money. Every event makes at most one."""
    match event:
        case Payment.Captured() as e:
            return _posting(
                e.currency,
                *_move("stripe.clearing", "booking.unearned", e.amount_minor, credit_owner=e.booking_id),
                booking_id=e.booking_id,
                vendor_id=e.vendor_id,
                provider_ref=e.charge_id,
            )
        case Payment.Settled() | Payment.RefundSettled() as e:
            return _seen(e.entry, booking_id=e.booking_id, vendor_id=e.vendor_id)
        case Payout.TransferSettled() as e:
            return _seen(e.entry, booking_id=None, vendor_id=e.vendor_id)
        case Payment.RefundRequested() | Payment.RefundSucceeded() | Payment.RefundFailed() as e:
            return _refund(e)
        case Booking.Completed() | Booking.Cancelled() as e:
            return _earned(e)
        case VendorLedger.Released() as e:
            return _posting(
                e.currency,
                *_vendor_move("vendor.pending", "vendor.available", e.amount_minor, e.vendor_id),
                vendor_id=e.vendor_id,
            )
        case Payout.Drafted() | Payout.Transferred() | Payout.Paid() | Payout.Failed() as e:
            return _payout(e)
        case _:
            return None


def _refund(e: Payment.RefundRequested | Payment.RefundSucceeded | Payment.RefundFailed) -> Posting | None:
    match e:
        case Payment.RefundRequested(funding=funding):
            entries: tuple[Entry, ...] = (
                _signed("booking.unearned", funding.unearned_minor, e.booking_id),
                _signed("vendor.available", funding.vendor_minor, e.vendor_id),
                _signed("commission.revenue", funding.commission_minor),
                _signed("goodwill", funding.goodwill_minor),
                _signed("refund.payable", -e.amount_minor, e.booking_id),
            )
        case Payment.RefundSucceeded():
            entries = _move("refund.payable", "stripe.clearing", e.amount_minor, debit_owner=e.booking_id)
        case Payment.RefundFailed(had_succeeded=False):
            return None  # It was never taken from what is owed.
        case _:
            entries = _move("stripe.clearing", "refund.payable", e.amount_minor, credit_owner=e.booking_id)
    return _posting(e.currency, *entries, booking_id=e.booking_id, vendor_id=e.vendor_id)


def _earned(e: Booking.Completed | Booking.Cancelled) -> Posting | None:
    """What stays of the price is earned: by the vendor, and by the platform as commission or cancellation share."""
    income: Account
    if isinstance(e, Booking.Completed):
        vendor_minor, platform_minor, income = e.vendor_share_minor, e.platform_share_minor, "commission.revenue"
    else:
        vendor_minor, platform_minor = e.outcome.vendor_share_minor, e.outcome.platform_share_minor
        income = "cancellation.revenue"
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


def _vendor_move(debit: Account, credit: Account, minor: int, vendor_id: UUID) -> tuple[Entry, Entry]:
    return _move(debit, credit, minor, debit_owner=vendor_id, credit_owner=vendor_id)


def _payout(e: Payout.Drafted | Payout.Transferred | Payout.Paid | Payout.Failed) -> Posting | None:
    provider_ref: str | None = None
    match e:
        case Payout.Drafted():
            entries = _vendor_move("vendor.available", "payout.in_transit", e.amount_minor, e.vendor_id)
        case Payout.Transferred():
            provider_ref = e.transfer_id
            entries = _move("connected.balance", "stripe.clearing", e.amount_minor, debit_owner=e.vendor_id)
        case Payout.Paid():
            entries = _vendor_move("payout.in_transit", "connected.balance", e.amount_minor, e.vendor_id)
        case Payout.Failed(had_been_paid=False):
            return None  # The money never left the vendor's Stripe account, and is still in transit.
        case _:
            entries = _vendor_move("connected.balance", "payout.in_transit", e.amount_minor, e.vendor_id)
    return _posting(e.currency, *entries, vendor_id=e.vendor_id, provider_ref=provider_ref)
