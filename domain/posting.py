"""The chart of accounts, and what a balanced entry is made of (domain.md, "Chart of accounts and postings")."""

from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from domain.balance_entry import BalanceEntry

Account = Literal[
    "stripe.balance",
    "stripe.clearing",
    "connected.balance",
    "dispute.withdrawn",
    "suspense",
    "bank",
    "booking.unearned",
    "vendor.pending",
    "vendor.available",
    "vendor.reserved",
    "payout.in_transit",
    "refund.payable",
    "commission.revenue",
    "cancellation.revenue",
    "stripe.fees",
    "dispute.fees",
    "chargeback.loss",
    "goodwill",
    "bad_debt",
    "currency.exchange",
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


def signed(account: Account, minor: int, owner: UUID | None = None) -> Entry:
    """A debit of `minor`; a negative one is the credit of its amount."""
    return Entry(account, max(minor, 0), max(-minor, 0), owner)


def posting(
    currency: str,
    *entries: Entry,
    booking_id: UUID | None = None,
    vendor_id: UUID | None = None,
    provider_ref: str | None = None,
) -> Posting:
    moved = tuple(entry for entry in entries if entry.debit_minor or entry.credit_minor)
    return Posting(currency, moved, booking_id, vendor_id, provider_ref)


def move(
    debit: Account,
    credit: Account,
    minor: int,
    *,
    debit_owner: UUID | None = None,
    credit_owner: UUID | None = None,
) -> tuple[Entry, Entry]:
    return signed(debit, minor, debit_owner), signed(credit, -minor, credit_owner)


def exchange(minor: int, fee_minor: int = 0) -> tuple[Entry, ...]:
    """What stands on clearing in one currency and came, or will come, in another; a fee in it is a dispute's."""
    return (
        signed("currency.exchange", minor),
        signed("dispute.fees", fee_minor),
        signed("stripe.clearing", -minor - fee_minor),
    )


def vendor_move(debit: Account, credit: Account, minor: int, vendor_id: UUID) -> tuple[Entry, Entry]:
    return move(debit, credit, minor, debit_owner=vendor_id, credit_owner=vendor_id)


def seen(entry: BalanceEntry) -> tuple[Entry, ...]:
    """A Stripe balance transaction: Stripe's word for what clearing had expected; any fee is an expense."""
    return (
        signed("stripe.balance", entry.gross_minor - entry.fee_minor),
        signed("stripe.fees", entry.fee_minor),
        signed("stripe.clearing", -entry.gross_minor),
    )
