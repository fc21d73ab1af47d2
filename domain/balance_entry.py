"""Stripe's own books, as far as they concern us: one balance transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """One Stripe balance transaction, signed as Stripe signs it: `net_minor = gross_minor - fee_minor`."""

    balance_transaction_id: str
    gross_minor: int
    fee_minor: int
    currency: str
