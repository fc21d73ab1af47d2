"""The balanced entries of disputes, and of what Stripe moved without our knowing why."""

from collections.abc import Callable
from typing import Any, Final

from domain.dispute import Dispute
from domain.posting import Entry, Posting, exchange, posting, signed
from domain.root import Event
from domain.stray_entry import StrayEntry


def _reserve(e: Dispute.Withdrawn | Dispute.Won, minor: int) -> tuple[Entry, Entry]:
    """The vendor's part is set aside while the bank decides; a negative amount gives it back."""
    return signed("vendor.available", minor, e.vendor_id), signed("vendor.reserved", -minor, e.vendor_id)


def _withdrawn(e: Dispute.Withdrawn) -> Posting:
    return posting(
        e.currency,
        signed("dispute.withdrawn", e.amount_minor, e.booking_id),
        signed("dispute.fees", e.fee_minor),
        signed("stripe.clearing", -e.amount_minor - e.fee_minor),
        *_reserve(e, e.loss.vendor_minor),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.stripe_dispute_id,
    )


def _won(e: Dispute.Won) -> Posting | None:
    """What did not come back of what was withdrawn, or came back on top of it, is the platform's."""
    if not e.withdrawn_minor:
        return None
    return posting(
        e.currency,
        signed("stripe.clearing", e.returned_minor + e.fee_returned_minor),
        signed("dispute.withdrawn", -e.withdrawn_minor, e.booking_id),
        signed("dispute.fees", -e.fee_returned_minor),
        signed("chargeback.loss", e.withdrawn_minor - e.returned_minor),
        *_reserve(e, -e.loss.vendor_minor),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.stripe_dispute_id,
    )


def _lost(e: Dispute.Lost) -> Posting | None:
    if not e.withdrawn_minor:
        return None
    return posting(
        e.currency,
        signed("booking.unearned", e.loss.unearned_minor, e.booking_id),
        signed("vendor.reserved", e.loss.vendor_minor, e.vendor_id),
        signed("commission.revenue", e.loss.commission_minor),
        signed("cancellation.revenue", e.loss.cancellation_minor),
        signed("chargeback.loss", e.loss.platform_minor),
        signed("dispute.withdrawn", -e.withdrawn_minor, e.booking_id),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.stripe_dispute_id,
    )


def _recovered(e: Dispute.Recovered) -> Posting:
    return posting(
        e.currency,
        signed("stripe.clearing", e.returned_minor + e.fee_returned_minor),
        signed("dispute.fees", -e.fee_returned_minor),
        signed("vendor.available", -e.back.vendor_minor, e.vendor_id),
        signed("commission.revenue", -e.back.commission_minor),
        signed("cancellation.revenue", -e.back.cancellation_minor),
        signed("chargeback.loss", -e.back.platform_minor),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.stripe_dispute_id,
    )


def _exchanged(e: Dispute.Exchanged) -> Posting:
    return posting(
        e.currency,
        *exchange(e.amount_minor, e.fee_minor),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.balance_transaction_id,
    )


def _settled(e: Dispute.Settled) -> Posting:
    """Clearing holds what was taken with the fee, so the balance transaction ends it with its net amount."""
    net_minor = e.entry.gross_minor - e.entry.fee_minor
    return posting(
        e.entry.currency,
        signed("stripe.balance", net_minor),
        signed("stripe.clearing", -net_minor),
        booking_id=e.booking_id,
        vendor_id=e.vendor_id,
        provider_ref=e.entry.balance_transaction_id,
    )


def _suspended(e: StrayEntry.Suspended) -> Posting:
    """Stripe's balance has moved, whatever for; it stands on suspense until somebody knows."""
    net_minor = e.entry.gross_minor - e.entry.fee_minor
    return _suspense(e.entry.currency, net_minor, e.entry.balance_transaction_id)


def _identified(e: StrayEntry.Identified) -> Posting:
    """Another event has booked it by now, so this undoes the suspense."""
    net_minor = e.entry.gross_minor - e.entry.fee_minor
    return _suspense(e.entry.currency, -net_minor, e.entry.balance_transaction_id)


def _explained(e: StrayEntry.Explained) -> Posting:
    return _explanation(e, e.entry.gross_minor - e.entry.fee_minor)


def _undone(e: StrayEntry.ExplanationWithdrawn) -> Posting:
    return _explanation(e, e.entry.fee_minor - e.entry.gross_minor)


def _explanation(e: StrayEntry.Explained | StrayEntry.ExplanationWithdrawn, minor: int) -> Posting:
    return posting(
        e.entry.currency,
        signed("suspense", minor),
        signed(e.explanation.account, -minor),
        booking_id=e.explanation.booking_id,
        provider_ref=e.entry.balance_transaction_id,
    )


def _suspense(currency: str, minor: int, provider_ref: str) -> Posting:
    return posting(currency, signed("stripe.balance", minor), signed("suspense", -minor), provider_ref=provider_ref)


RULES: Final[dict[type[Event], Callable[[Any], Posting | None]]] = {
    Dispute.Withdrawn: _withdrawn,
    Dispute.Won: _won,
    Dispute.Lost: _lost,
    Dispute.Settled: _settled,
    Dispute.Exchanged: _exchanged,
    Dispute.Recovered: _recovered,
    StrayEntry.Suspended: _suspended,
    StrayEntry.Identified: _identified,
    StrayEntry.Explained: _explained,
    StrayEntry.ExplanationWithdrawn: _undone,
}
