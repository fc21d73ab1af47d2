"""Payment: money in through Stripe for one booking, and its refunds. What Stripe says is recorded, never refused.

Provider news may come late, twice and in any order, so each recording method states a fact that holds now and is no
event when it is known already (domain.md, "monotone rank"): a capture outranks a void, a void an authorisation, and an
authorisation a failure, because that is the only order in which Stripe itself can go through them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain import contested, refunds
from domain import payment_events as happened
from domain import refund_events as refunded
from domain.balance_entry import BalanceEntry
from domain.chargeable import check_chargeable, check_steps, in_steps
from domain.exchange import exchanged
from domain.payment_events import Capture, Step
from domain.refund import NOT_OWED, REACHED, Funding, Refund
from domain.refunds import RefundTooLarge
from domain.refusal import WrongState
from domain.root import Root

__all__ = ["ENDED", "BalanceEntry", "Capture", "Funding", "Payment", "Refund", "RefundTooLarge", "Status", "Step"]

Status = Literal["requested", "action_required", "authorised", "captured", "voided", "failed"]
ENDED: frozenset[str] = frozenset({"captured", "voided", "failed"})


class Payment(Root):
    """Events of the payment itself are in payment_events.py, those of its refunds in refund_events.py."""

    TOPIC = "payment"

    Requested: TypeAlias = happened.Requested
    Submitted: TypeAlias = happened.Submitted
    Unresolved: TypeAlias = happened.Unresolved
    ActionRequired: TypeAlias = happened.ActionRequired
    Authorised: TypeAlias = happened.Authorised
    CaptureRequested: TypeAlias = happened.CaptureRequested
    CaptureFailed: TypeAlias = happened.CaptureFailed
    Captured: TypeAlias = happened.Captured
    Settled: TypeAlias = happened.Settled
    Exchanged: TypeAlias = happened.Exchanged
    Failed: TypeAlias = happened.Failed
    VoidRequested: TypeAlias = happened.VoidRequested
    Voided: TypeAlias = happened.Voided
    RefundProposed: TypeAlias = refunded.RefundProposed
    RefundApproved: TypeAlias = refunded.RefundApproved
    RefundRejected: TypeAlias = refunded.RefundRejected
    RefundRequested: TypeAlias = refunded.RefundRequested
    RefundUnresolved: TypeAlias = refunded.RefundUnresolved
    RefundSubmitted: TypeAlias = refunded.RefundSubmitted
    RefundSucceeded: TypeAlias = refunded.RefundSucceeded
    RefundSettled: TypeAlias = refunded.RefundSettled
    RefundFailed: TypeAlias = refunded.RefundFailed
    RefundReturned: TypeAlias = refunded.RefundReturned
    RefundRetried: TypeAlias = refunded.RefundRetried
    RefundOtherwisePaid: TypeAlias = refunded.RefundOtherwisePaid
    RefundCovered: TypeAlias = refunded.RefundCovered
    RefundOvertaken: TypeAlias = refunded.RefundOvertaken
    Contested: TypeAlias = contested.PaymentContested
    ContestEnded: TypeAlias = contested.PaymentContestEnded

    def __init__(self) -> None:
        self.booking_id = UUID(int=0)
        self.vendor_id = UUID(int=0)
        self.traveller_id = UUID(int=0)
        self.amount_minor = 0
        self.currency = ""
        self.payment_method = ""
        self.capture: Capture = "automatic"
        self.status: Status = "requested"
        self.intent_id: str | None = None
        self.charge_id: str | None = None
        self.authorised_minor = 0
        self.capture_before: datetime | None = None
        self.capture_minor: int | None = None
        self.captured_minor = 0
        self.settled = False
        self.void_requested = False
        self.unresolved_step: Step | None = None
        self.refunds: dict[UUID, Refund] = {}
        self.contested: dict[UUID, int] = {}

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
        capture: Capture = "automatic",
    ) -> Payment:
        """Ask for the price of a booking. `payment_method` is Stripe's id of one, never card data.

        With `manual` capture the card is only authorised, until `request_capture` or `request_void`. Raises
        AmountTooSmall, AmountNotChargeable.
        """
        check_chargeable(amount_minor, currency)
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
            capture=capture,
        )

    @property
    def shown_status(self) -> str:
        """As people are told: a payment with a request that got no answer is `unresolved`, whatever it was before."""
        return "unresolved" if self.unresolved_step else self.status

    @property
    def refundable_minor(self) -> int:
        """What is left of the captured money after every refund owed: a failed one is owed still, not asked anew.

        What a dispute has taken is not ours to pay back; it may be more than was left, and this then below zero.
        """
        owed_minor = sum(r.amount_minor for r in self.refunds.values() if r.status not in NOT_OWED)
        return self.captured_minor - owed_minor - sum(self.contested.values())

    @property
    def sendable_minor(self) -> int:
        """What of `refundable_minor` can be sent to a card; a rest below one step of the currency cannot."""
        return in_steps(self.refundable_minor, self.currency)

    @property
    def refunded_minor(self) -> int:
        """What has reached the traveller, by card or otherwise."""
        return sum(r.amount_minor for r in self.refunds.values() if r.status in REACHED)

    def unearned_funding(self, refund_minor: int) -> Funding:
        """How to give `refund_minor` of money nobody has earned yet back through this payment.

        What was given as goodwill before counts: the traveller gets no more than was paid, and the goodwill that has
        turned out to be part of the refund is taken out of the platform's expenses again. It may be all of it.
        """
        left_minor = self.sendable_minor
        return Funding(unearned_minor=refund_minor, goodwill_minor=min(0, left_minor - refund_minor))

    def submitted(self, *, intent_id: str, now: datetime) -> None:
        """Stripe knows the payment under this id: stored before it is confirmed, so that it can always be looked up."""
        if self.intent_id is None:
            self.record(self.Submitted, now=now, intent_id=intent_id)
        assert self.intent_id == intent_id, (self.intent_id, intent_id)

    def unresolved(self, *, step: Step, now: datetime) -> None:
        """Stripe was asked for this step and nobody knows whether it heard; no event once the step is known done."""
        done = self.intent_id is not None if step == "create" else self.status in ENDED
        done = done or (step == "confirm" and self.status == "authorised")
        if not done and self.unresolved_step != step:
            self.record(self.Unresolved, now=now, step=step)

    def action_required(self, *, now: datetime) -> None:
        if self.status == "requested":
            self.record(self.ActionRequired, now=now)

    def authorised(
        self, *, charge_id: str, amount_minor: int, currency: str, capture_before: datetime | None, now: datetime
    ) -> bool:
        """The bank has set the money aside until `capture_before`. False if that is known, or it has gone further."""
        if self.status in {"authorised", "voided", "captured"}:
            return False
        self.record(
            self.Authorised,
            now=now,
            booking_id=self.booking_id,
            vendor_id=self.vendor_id,
            charge_id=charge_id,
            amount_minor=amount_minor,
            currency=currency,
            capture_before=capture_before,
        )
        return True

    def request_capture(self, *, now: datetime, amount_minor: int | None = None) -> None:
        """Take what was set aside, or `amount_minor` of it and let the rest go. A second request is no event.

        Raises WrongState unless it is authorised and nobody has asked for its end, and AmountNotChargeable.
        """
        if self.capture_minor is not None:
            return
        if self.status != "authorised" or self.void_requested:
            raise WrongState("Only money that a card's bank has set aside can be captured.")
        amount_minor = self.authorised_minor if amount_minor is None else amount_minor
        assert 0 < amount_minor <= self.authorised_minor, amount_minor
        check_steps(amount_minor, self.currency)
        self.record(self.CaptureRequested, now=now, amount_minor=amount_minor)

    def capture_failed(self, *, code: str, now: datetime) -> None:
        """Stripe will not take what was set aside: nothing is left but to void it."""
        if self.status == "authorised" and not self.void_requested:
            self.record(self.CaptureFailed, now=now, code=code)

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
            self.exchange(entry, self.captured_minor, now=now)

    def exchange(self, entry: BalanceEntry, expected_minor: int, *, now: datetime) -> None:
        """If Stripe settled in another currency: what was expected in this one, signed as the entry, came in that."""
        for facts in exchanged((entry,), expected_minor, self.currency):
            self.record(self.Exchanged, now=now, booking_id=self.booking_id, vendor_id=self.vendor_id, **facts)

    def failed(self, *, code: str, decline_code: str | None, now: datetime) -> bool:
        """The card was declined or authentication failed. False if that is known, or it has gone further."""
        if self.status not in {"requested", "action_required"}:
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
        """Owe the traveller money back. Raises as `refunds.check_fits`. The same `refund_id` again is no event."""
        refunds.request(self, refund_id=refund_id, funding=funding, reason=reason, at_fault=at_fault, now=now)
