"""Refunds: money back to cards, in the words of our commands."""

from typing import Any, Final, cast
from uuid import UUID

import stripe

from commands.record_refund import RefundSeen
from domain.payment import Payment
from infrastructure.stripe_amounts import amount_of
from infrastructure.stripe_client import V1, entry_of, maybe, metadata_of

_EXPAND: Final = ["balance_transaction", "failure_balance_transaction"]


class StripeRefunds:
    """`v1` is the SDK's client of Stripe's API."""

    def __init__(self, v1: V1) -> None:
        self._v1 = v1

    def create(self, payment: Payment, refund_id: UUID, *, key: str) -> RefundSeen:
        assert payment.intent_id is not None
        made = self._v1.refunds.create(
            {
                "payment_intent": payment.intent_id,
                "amount": amount_of(payment.refunds[refund_id].amount_minor, payment.currency),
                "metadata": {
                    "payment_id": str(payment.id),
                    "refund_id": str(refund_id),
                    "attempt": str(payment.refunds[refund_id].attempt),
                },
                "expand": _EXPAND,
            },
            {"idempotency_key": key},
        )
        return _refund(made)

    def find(self, payment: Payment, refund_id: UUID) -> RefundSeen | None:
        """The refund as it was sent last: one that came back before is another object of Stripe's."""
        assert payment.intent_id is not None
        wanted = (str(refund_id), str(payment.refunds[refund_id].attempt))
        listed = self._v1.refunds.list({"payment_intent": payment.intent_id, "limit": 100})
        for found in listed.auto_paging_iter():
            metadata = metadata_of(found)
            if (metadata.get("refund_id"), metadata.get("attempt", "1")) == wanted:
                return self.fetch(found.id)[1]
        return None

    def fetch(self, stripe_refund_id: str) -> tuple[dict[str, str], RefundSeen]:
        """A refund and its metadata, which name our payment and refund."""
        found = self._v1.refunds.retrieve(stripe_refund_id, {"expand": _EXPAND})
        return metadata_of(found), _refund(found)


def _refund(found: stripe.Refund) -> RefundSeen:
    return RefundSeen(
        stripe_refund_id=found.id,
        status=cast("Any", found.status),
        entry=entry_of(maybe(found, "balance_transaction")),
        failure_code=maybe(found, "failure_reason") if found.status == "failed" else None,
        returned=entry_of(maybe(found, "failure_balance_transaction")) if found.status == "failed" else None,
    )
