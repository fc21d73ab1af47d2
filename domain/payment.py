"""Payment: money in through Stripe for one booking, and its refunds. What Stripe says is recorded, never refused.

Provider news may come late, twice and in any order, so each recording method states a fact that holds now and is no
event when it is known already (domain.md, "monotone rank").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.refusal import Refusal
from domain.root import Event, FirstEvent, Root

Status = Literal["requested", "action_required", "captured", "voided", "failed"]
RefundStatus = Literal["requested", "submitted", "succeeded", "failed"]
ENDED: frozenset[str] = frozenset({"captured", "voided", "failed"})


class RefundTooLarge(Refusal):
    """More than was paid cannot be refunded."""


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """One Stripe balance transaction, signed as Stripe signs it: `net_minor = gross_minor - fee_minor`."""

    balance_transaction_id: str
    gross_minor: int
    fee_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Funding:
    """Where the money of a refund comes from, in minor units; the parts add up to the refund."""

    unearned_minor: int = 0
    vendor_minor: int = 0
    commission_minor: int = 0
    goodwill_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.unearned_minor + self.vendor_minor + self.commission_minor + self.goodwill_minor


@dataclass(frozen=True, slots=True)
class Refund:
    amount_minor: int
    status: RefundStatus = "requested"
    settled: bool = False


class Payment(Root):
    TOPIC = "payment"

    def __init__(self) -> None:
        self.booking_id = UUID(int=0)
        self.vendor_id = UUID(int=0)
        self.traveller_id = UUID(int=0)
        self.amount_minor = 0
        self.currency = ""
        self.payment_method = ""
        self.status: Status = "requested"
        self.intent_id: str | None = None
        self.charge_id: str | None = None
        self.captured_minor = 0
        self.settled = False
        self.void_requested = False
        self.refunds: dict[UUID, Refund] = {}

    @classmethod
    def request(
        cls,
        *,
        payment_id: UUID,
        booking_id: UUID,
        vendor_id: UUID,
        traveller_id: UUID,
        amount_minor: int,
        currency: str,
        payment_method: str,
        now: datetime,
    ) -> Payment:
        """Ask for the price of a booking. `payment_method` is Stripe's id of one, never card data."""
        return cls.begin(
            cls.Requested,
            stream_id=payment_id,
            now=now,
            booking_id=booking_id,
            vendor_id=vendor_id,
            traveller_id=traveller_id,
            amount_minor=amount_minor,
            currency=currency,
            payment_method=payment_method,
        )

    @property
    def refundable_minor(self) -> int:
        """What is left of the captured money after every refund asked for: a failed one is owed, not asked anew."""
        return self.captured_minor - sum(r.amount_minor for r in self.refunds.values())

    @property
    def refunded_minor(self) -> int:
        return sum(r.amount_minor for r in self.refunds.values() if r.status == "succeeded")

    def submitted(self, *, intent_id: str, now: datetime) -> None:
        """Stripe knows the payment under this id: stored before it is confirmed, so that it can always be looked up."""
        if self.intent_id is None:
            self.record(self.Submitted, now=now, intent_id=intent_id)
        assert self.intent_id == intent_id, (self.intent_id, intent_id)

    def action_required(self, *, now: datetime) -> None:
        if self.status == "requested":
            self.record(self.ActionRequired, now=now)

    def captured(self, *, charge_id: str, amount_minor: int, currency: str, now: datetime) -> bool:
        """Stripe has the money. False if that is known. True even after a failure or void was recorded."""
        if self.status == "captured":
            return False
        self.record(
            self.Captured,
            now=now,
            booking_id=self.booking_id,
            vendor_id=self.vendor_id,
            charge_id=charge_id,
            amount_minor=amount_minor,
            currency=currency,
        )
        return True

    def settled_by(self, entry: BalanceEntry, *, now: datetime) -> None:
        """The balance transaction of the charge has been seen: it carries the fee."""
        if not self.settled:
            self.record(self.Settled, now=now, booking_id=self.booking_id, vendor_id=self.vendor_id, entry=entry)

    def failed(self, *, code: str, decline_code: str | None, now: datetime) -> bool:
        """The card was declined or authentication failed. False if the payment has ended already."""
        if self.status in ENDED:
            return False
        self.record(self.Failed, now=now, code=code, decline_code=decline_code)
        return True

    def request_void(self, *, reason: str, now: datetime) -> None:
        """Stop a payment that is still open, so that it cannot succeed later."""
        if self.status not in ENDED and not self.void_requested:
            self.record(self.VoidRequested, now=now, reason=reason)

    def voided(self, *, now: datetime) -> bool:
        """It can never succeed now. False if that is known or it was captured; a failure is outranked."""
        if self.status in {"captured", "voided"}:
            return False
        self.record(self.Voided, now=now)
        return True

    def request_refund(self, *, refund_id: UUID, funding: Funding, reason: str, at_fault: str, now: datetime) -> None:
        """Owe the traveller money back. Raises RefundTooLarge. The same `refund_id` again is no event."""
        if refund_id in self.refunds:
            return
        if not 0 < funding.total_minor <= self.refundable_minor:
            raise RefundTooLarge
        self.record(
            self.RefundRequested,
            now=now,
            booking_id=self.booking_id,
            vendor_id=self.vendor_id,
            refund_id=refund_id,
            amount_minor=funding.total_minor,
            currency=self.currency,
            funding=funding,
            reason=reason,
            at_fault=at_fault,
        )

    def refund_submitted(self, *, refund_id: UUID, stripe_refund_id: str, now: datetime) -> None:
        if self.refunds[refund_id].status == "requested":
            self.record(self.RefundSubmitted, now=now, refund_id=refund_id, stripe_refund_id=stripe_refund_id)

    def refund_succeeded(self, *, refund_id: UUID, now: datetime) -> None:
        """Sent on its way to the card. A failure that was recorded before outranks it."""
        if self.refunds[refund_id].status in {"requested", "submitted"}:
            self.record(self.RefundSucceeded, now=now, **self._refund_facts(refund_id))

    def refund_settled_by(self, refund_id: UUID, entry: BalanceEntry, *, now: datetime) -> None:
        if not self.refunds[refund_id].settled:
            self.record(
                self.RefundSettled,
                now=now,
                booking_id=self.booking_id,
                vendor_id=self.vendor_id,
                refund_id=refund_id,
                entry=entry,
            )

    def refund_failed(self, *, refund_id: UUID, code: str, returned: BalanceEntry | None, now: datetime) -> None:
        """The bank sent the refund back: the money is owed again. Legal long after success (Stripe, refunds)."""
        refund = self.refunds[refund_id]
        if refund.status != "failed":
            self.record(
                self.RefundFailed,
                now=now,
                **self._refund_facts(refund_id),
                code=code,
                had_succeeded=refund.status == "succeeded",
                returned=returned,
            )

    def _refund_facts(self, refund_id: UUID) -> dict[str, object]:
        return {
            "booking_id": self.booking_id,
            "vendor_id": self.vendor_id,
            "refund_id": refund_id,
            "amount_minor": self.refunds[refund_id].amount_minor,
            "currency": self.currency,
        }

    def _set_refund(self, refund_id: UUID, status: RefundStatus) -> None:
        self.refunds[refund_id] = replace(self.refunds[refund_id], status=status)

    class Requested(FirstEvent):
        """The price of a booking is asked for."""

        TOPIC = "payment.requested"
        booking_id: UUID
        vendor_id: UUID
        traveller_id: UUID
        amount_minor: int
        currency: str
        payment_method: str

        def apply(self, aggregate: Payment) -> None:
            aggregate.booking_id = self.booking_id
            aggregate.vendor_id = self.vendor_id
            aggregate.traveller_id = self.traveller_id
            aggregate.amount_minor = self.amount_minor
            aggregate.currency = self.currency
            aggregate.payment_method = self.payment_method

    class Submitted(Event):
        """Stripe knows it as `intent_id`."""

        TOPIC = "payment.submitted"
        intent_id: str

        def apply(self, aggregate: Payment) -> None:
            aggregate.intent_id = self.intent_id

    class ActionRequired(Event):
        """The bank wants the traveller to authenticate."""

        TOPIC = "payment.action_required"

        def apply(self, aggregate: Payment) -> None:
            aggregate.status = "action_required"

    class Captured(Event):
        """Stripe has the money."""

        TOPIC = "payment.captured"
        booking_id: UUID
        vendor_id: UUID
        charge_id: str
        amount_minor: int
        currency: str

        def apply(self, aggregate: Payment) -> None:
            aggregate.status = "captured"
            aggregate.charge_id = self.charge_id
            aggregate.captured_minor = self.amount_minor
            aggregate.currency = self.currency

    class Settled(Event):
        """The balance transaction of the charge was seen, and with it the fee."""

        TOPIC = "payment.settled"
        booking_id: UUID
        vendor_id: UUID
        entry: BalanceEntry

        def apply(self, aggregate: Payment) -> None:
            aggregate.settled = True

    class Failed(Event):
        """The card was declined, or authentication failed."""

        TOPIC = "payment.failed"
        code: str
        decline_code: str | None

        def apply(self, aggregate: Payment) -> None:
            aggregate.status = "failed"

    class VoidRequested(Event):
        """It should not succeed any more."""

        TOPIC = "payment.void_requested"
        reason: str

        def apply(self, aggregate: Payment) -> None:
            aggregate.void_requested = True

    class Voided(Event):
        """It can never succeed now."""

        TOPIC = "payment.voided"

        def apply(self, aggregate: Payment) -> None:
            aggregate.status = "voided"

    class RefundRequested(Event):
        """Money is owed back to the traveller, from where `funding` says."""

        TOPIC = "payment.refund_requested"
        booking_id: UUID
        vendor_id: UUID
        refund_id: UUID
        amount_minor: int
        currency: str
        funding: Funding
        reason: str
        at_fault: str

        def apply(self, aggregate: Payment) -> None:
            aggregate.refunds[self.refund_id] = Refund(self.amount_minor)

    class RefundSubmitted(Event):
        """Stripe knows the refund as `stripe_refund_id`."""

        TOPIC = "payment.refund_submitted"
        refund_id: UUID
        stripe_refund_id: str

        def apply(self, aggregate: Payment) -> None:
            aggregate._set_refund(self.refund_id, "submitted")

    class RefundSucceeded(Event):
        """The money is on its way to the card."""

        TOPIC = "payment.refund_succeeded"
        booking_id: UUID
        vendor_id: UUID
        refund_id: UUID
        amount_minor: int
        currency: str

        def apply(self, aggregate: Payment) -> None:
            aggregate._set_refund(self.refund_id, "succeeded")

    class RefundSettled(Event):
        """The balance transaction of the refund was seen."""

        TOPIC = "payment.refund_settled"
        booking_id: UUID
        vendor_id: UUID
        refund_id: UUID
        entry: BalanceEntry

        def apply(self, aggregate: Payment) -> None:
            aggregate.refunds[self.refund_id] = replace(aggregate.refunds[self.refund_id], settled=True)

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
            aggregate._set_refund(self.refund_id, "failed")
