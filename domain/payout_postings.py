"""What each event of a payout books: on its way, on the vendor's Stripe account, at the bank, and all the way back."""

from collections.abc import Callable
from typing import Any, Final

from domain.payout import Payout
from domain.posting import Entry, Posting, move, posting, seen, vendor_move
from domain.root import Event


def _drafted(e: Payout.Drafted) -> Posting:
    entries = vendor_move("vendor.available", "payout.in_transit", e.amount_minor, e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id)


def _transferred(e: Payout.Transferred) -> Posting:
    entries = move("connected.balance", "stripe.clearing", e.amount_minor, debit_owner=e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id, provider_ref=e.transfer_id)


def _settled(e: Payout.TransferSettled | Payout.ReversalSettled) -> Posting:
    return posting(e.entry.currency, *seen(e.entry), vendor_id=e.vendor_id, provider_ref=e.entry.balance_transaction_id)


def _paid(e: Payout.Paid) -> Posting:
    """From the vendor's Stripe account, or from our own bank account."""
    if e.method == "bank_transfer":
        entries = move("payout.in_transit", "bank", e.amount_minor, debit_owner=e.vendor_id)
    else:
        entries = vendor_move("payout.in_transit", "connected.balance", e.amount_minor, e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id)


def _failed(e: Payout.Failed) -> Posting | None:
    """Without `had_been_paid` the money never left, and is still in transit."""
    if not e.had_been_paid:
        return None
    if e.method == "bank_transfer":
        entries = move("bank", "payout.in_transit", e.amount_minor, credit_owner=e.vendor_id)
    else:
        entries = vendor_move("connected.balance", "payout.in_transit", e.amount_minor, e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id)


def _given_back(e: Payout.Cancelled | Payout.Returned) -> Posting:
    """Nothing has left us, or it is here again: only the draft is undone."""
    entries = vendor_move("payout.in_transit", "vendor.available", e.amount_minor, e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id)


def _reversed(e: Payout.TransferReversed) -> Posting:
    """Ours again from the vendor's Stripe account, and with that the vendor's, unless it had been that before."""
    entries: tuple[Entry, ...] = move("stripe.clearing", "connected.balance", e.amount_minor, credit_owner=e.vendor_id)
    if not e.had_returned:
        entries += vendor_move("payout.in_transit", "vendor.available", e.amount_minor, e.vendor_id)
    return posting(e.currency, *entries, vendor_id=e.vendor_id, provider_ref=e.reversal_id)


RULES: Final[dict[type[Event], Callable[[Any], Posting | None]]] = {
    Payout.Drafted: _drafted,
    Payout.Cancelled: _given_back,
    Payout.Transferred: _transferred,
    Payout.TransferSettled: _settled,
    Payout.Paid: _paid,
    Payout.Failed: _failed,
    Payout.TransferReversed: _reversed,
    Payout.ReversalSettled: _settled,
    Payout.Returned: _given_back,
}
