"""What happens to the refunds of a payment, in the payment's own stream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.refund import Funding, Refund
from domain.root import Event

if TYPE_CHECKING:
    from domain.payment import Payment


class RefundProposed(Event):
    """Somebody may give this much back only if somebody else agrees; nothing is owed yet."""

    TOPIC = "payment.refund_proposed"
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str
    reason: str
    at_fault: str
    proposed_by: UUID

    def apply(self, aggregate: Payment) -> None:
        aggregate.refunds[self.refund_id] = Refund(
            self.amount_minor,
            "awaiting_approval",
            reason=self.reason,
            at_fault=self.at_fault,
            proposed_by=self.proposed_by,
        )


class RefundApproved(Event):
    """A second person agreed."""

    TOPIC = "payment.refund_approved"
    refund_id: UUID
    approved_by: UUID

    def apply(self, aggregate: Payment) -> None:
        pass  # What it leads to is the RefundRequested that follows in the same append.


class RefundRejected(Event):
    """Somebody decided against it."""

    TOPIC = "payment.refund_rejected"
    refund_id: UUID
    rejected_by: UUID

    def apply(self, aggregate: Payment) -> None:
        _change(aggregate, self.refund_id, status="rejected")


class RefundRequested(Event):
    """Money is owed back to the traveller, from where `funding` says."""

    TOPIC = "payment.refund_requested"
    class_version = 2
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str
    funding: Funding
    reason: str
    at_fault: str

    @staticmethod
    def upcast_v1_v2(facts: dict[str, Any]) -> None:
        """Before operators could refund, nothing came out of what a cancellation had earned."""
        facts["funding"]["cancellation_minor"] = 0

    def apply(self, aggregate: Payment) -> None:
        aggregate.refunds[self.refund_id] = Refund(
            self.amount_minor, reason=self.reason, at_fault=self.at_fault, funding=self.funding
        )


class RefundUnresolved(Event):
    """Stripe was asked for it and gave no answer; it is looked up before anything is sent again."""

    TOPIC = "payment.refund_unresolved"
    refund_id: UUID

    def apply(self, aggregate: Payment) -> None:
        _change(aggregate, self.refund_id, unresolved=True)


class RefundSubmitted(Event):
    """Stripe knows the refund as `stripe_refund_id`."""

    TOPIC = "payment.refund_submitted"
    refund_id: UUID
    stripe_refund_id: str

    def apply(self, aggregate: Payment) -> None:
        submitted = {"status": "submitted", "stripe_refund_id": self.stripe_refund_id, "unresolved": False}
        _change(aggregate, self.refund_id, **submitted)


class RefundSucceeded(Event):
    """The money is on its way to the card."""

    TOPIC = "payment.refund_succeeded"
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str

    def apply(self, aggregate: Payment) -> None:
        _change(aggregate, self.refund_id, status="succeeded", unresolved=False)


class RefundSettled(Event):
    """The balance transaction of the refund was seen."""

    TOPIC = "payment.refund_settled"
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    entry: BalanceEntry

    def apply(self, aggregate: Payment) -> None:
        _change(aggregate, self.refund_id, settled=True)


class RefundFailed(Event):
    """The bank sent it back: the money is owed again; `returned` is how Stripe gave it back."""

    TOPIC = "payment.refund_failed"
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str
    code: str
    had_succeeded: bool
    returned: BalanceEntry | None

    def apply(self, aggregate: Payment) -> None:
        _change(aggregate, self.refund_id, status="failed", unresolved=False, returned=self.returned is not None)


class RefundReturned(Event):
    """Stripe shows only after the failure was recorded by which balance transaction the money came back."""

    TOPIC = "payment.refund_returned"
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    entry: BalanceEntry

    def apply(self, aggregate: Payment) -> None:
        _change(aggregate, self.refund_id, returned=True)


class RefundRetried(Event):
    """What had come back is sent once more, as a refund of its own at Stripe."""

    TOPIC = "payment.refund_retried"
    refund_id: UUID
    attempt: int

    def apply(self, aggregate: Payment) -> None:
        before = aggregate.refunds[self.refund_id]
        past = before.past_ids | ({before.stripe_refund_id} if before.stripe_refund_id else set())
        again = {"status": "requested", "settled": False, "returned": False, "stripe_refund_id": None}
        _change(aggregate, self.refund_id, **again, attempt=self.attempt, past_ids=past)


class RefundOtherwisePaid(Event):
    """The card could not be paid, so the money went another way; `reference` says which, never personal data."""

    TOPIC = "payment.refund_otherwise_paid"
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str
    reference: str

    def apply(self, aggregate: Payment) -> None:
        _change(aggregate, self.refund_id, status="paid_otherwise")


class RefundCovered(Event):
    """Goodwill had given the money back before, and it turns out to be what is owed: nothing more is sent."""

    TOPIC = "payment.refund_covered"
    booking_id: UUID
    vendor_id: UUID
    amount_minor: int
    currency: str
    reason: str

    def apply(self, aggregate: Payment) -> None:
        pass  # It has reached the traveller by the refunds of before; only the books change.


class RefundOvertaken(Event):
    """A dispute was lost before the refund was sent: the bank has given the money back, and nothing is owed."""

    TOPIC = "payment.refund_overtaken"
    booking_id: UUID
    vendor_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str
    dispute_id: UUID

    def apply(self, aggregate: Payment) -> None:
        overtaken = {"status": "overtaken", "unresolved": False, "overtaken_by": self.dispute_id}
        _change(aggregate, self.refund_id, **overtaken)


def _change(payment: Payment, refund_id: UUID, **changes: Any) -> None:
    payment.refunds[refund_id] = replace(payment.refunds[refund_id], **changes)
