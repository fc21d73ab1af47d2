"""Disputes at Stripe: what they say now, and evidence for the bank that decides them."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import stripe

from commands.record_dispute import DisputeSeen
from infrastructure.stripe_amounts import minor_of
from infrastructure.stripe_client import balance_entry
from infrastructure.vault import Place


def evidence_place(dispute_id: UUID) -> Place:
    """Where the texts of a dispute are sealed for: it is not known yet which event of its stream will hold one."""
    return Place(dispute_id, 0, "evidence")


class StripeDisputes:
    """`v1` is the SDK's client of Stripe's API."""

    def __init__(self, v1: Any) -> None:
        self._v1 = v1

    def retrieve(self, stripe_dispute_id: str) -> tuple[UUID | None, DisputeSeen]:
        """Which of our payments it is about (None if it is none of ours), and what it says now."""
        found = self._v1.disputes.retrieve(stripe_dispute_id, {"expand": ["payment_intent"]})
        return _payment_of(found), _seen(found)

    def evidence_count(self, stripe_dispute_id: str) -> int:
        """How often evidence was submitted."""
        found = self._v1.disputes.retrieve(stripe_dispute_id)
        return int(found.evidence_details.submission_count)

    def submit_evidence(self, stripe_dispute_id: str, text: str, *, key: str) -> None:
        """Send this text to the bank for good. Raises stripe.InvalidRequestError once it is decided."""
        self._v1.disputes.update(
            stripe_dispute_id,
            {"evidence": {"uncategorized_text": text}, "submit": True},
            {"idempotency_key": key},
        )


def _payment_of(found: stripe.Dispute) -> UUID | None:
    intent: Any = getattr(found, "payment_intent", None)
    metadata = getattr(intent, "metadata", None)
    ours = metadata.to_dict().get("payment_id") if metadata else None
    return UUID(ours) if ours else None


def _seen(found: stripe.Dispute) -> DisputeSeen:
    due_by: int | None = getattr(found.evidence_details, "due_by", None)
    currency = found.currency.upper()
    return DisputeSeen(
        stripe_dispute_id=found.id,
        status=cast("Any", found.status),
        amount_minor=minor_of(found.amount, currency),
        currency=currency,
        reason=found.reason,
        respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        entries=tuple(map(balance_entry, found.balance_transactions)),
    )
