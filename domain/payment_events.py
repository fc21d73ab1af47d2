"""What happens to a payment: asked for, authorised, captured, ended. Its refunds are in domain/refund_events.py."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.root import Event, FirstEvent

if TYPE_CHECKING:
    from domain.payment import Payment

Capture = Literal["automatic", "manual"]
Step = Literal["create", "confirm", "capture", "void"]


class Requested(FirstEvent):
    """The price of a booking is asked for; with `manual` capture it is only authorised at first."""

    TOPIC = "payment.requested"
    class_version = 2
    booking_id: UUID
    vendor_id: UUID
    traveller_id: UUID
    amount_minor: int
    currency: str
    payment_method: str
    capture: Capture

    @staticmethod
    def upcast_v1_v2(facts: dict[str, Any]) -> None:
        """Before there was request-to-book, every payment was captured at once."""
        facts["capture"] = "automatic"

    def apply(self, aggregate: Payment) -> None:
        aggregate.booking_id = self.booking_id
        aggregate.vendor_id = self.vendor_id
        aggregate.traveller_id = self.traveller_id
        aggregate.amount_minor = self.amount_minor
        aggregate.currency = self.currency
        aggregate.payment_method = self.payment_method
        aggregate.capture = self.capture


class Submitted(Event):
    """Stripe knows it as `intent_id`."""

    TOPIC = "payment.submitted"
    intent_id: str

    def apply(self, aggregate: Payment) -> None:
        aggregate.intent_id = self.intent_id
        aggregate.unresolved_step = None


class Unresolved(Event):
    """A request to Stripe got no answer that says what became of it; it is looked up before anything is sent again."""

    TOPIC = "payment.unresolved"
    step: Step

    def apply(self, aggregate: Payment) -> None:
        aggregate.unresolved_step = self.step


class ActionRequired(Event):
    """The bank wants the traveller to authenticate."""

    TOPIC = "payment.action_required"

    def apply(self, aggregate: Payment) -> None:
        aggregate.status = "action_required"
        aggregate.unresolved_step = None


class Authorised(Event):
    """The bank has set the money aside until `capture_before`, if Stripe says until when; nothing has moved."""

    TOPIC = "payment.authorised"
    booking_id: UUID
    vendor_id: UUID
    charge_id: str
    amount_minor: int
    currency: str
    capture_before: datetime | None

    def apply(self, aggregate: Payment) -> None:
        aggregate.status = "authorised"
        aggregate.charge_id = self.charge_id
        aggregate.authorised_minor = self.amount_minor
        aggregate.capture_before = self.capture_before
        aggregate.unresolved_step = None


class CaptureRequested(Event):
    """The money that was set aside is to be taken: `amount_minor` of it, and the rest let go."""

    TOPIC = "payment.capture_requested"
    amount_minor: int

    def apply(self, aggregate: Payment) -> None:
        aggregate.capture_minor = self.amount_minor


class CaptureFailed(Event):
    """Stripe refused to take what had been set aside, for good: the payment is voided."""

    TOPIC = "payment.capture_failed"
    code: str

    def apply(self, aggregate: Payment) -> None:
        aggregate.void_requested = True
        aggregate.unresolved_step = None


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
        aggregate.unresolved_step = None


class Settled(Event):
    """The balance transaction of the charge was seen, and with it the fee."""

    TOPIC = "payment.settled"
    booking_id: UUID
    vendor_id: UUID
    entry: BalanceEntry

    def apply(self, aggregate: Payment) -> None:
        aggregate.settled = True


class Exchanged(Event):
    """Stripe settled in another currency: `amount_minor` of clearing in this one became `against_minor` of that one.

    One event for each of the two currencies, signed as clearing has it (domain/exchange.py).
    """

    TOPIC = "payment.exchanged"
    booking_id: UUID
    vendor_id: UUID
    amount_minor: int
    currency: str
    against_minor: int
    against_currency: str
    balance_transaction_id: str

    def apply(self, aggregate: Payment) -> None:
        pass  # The traveller's money stays as it is; only the books change.


class Failed(Event):
    """The card was declined, or authentication failed."""

    TOPIC = "payment.failed"
    code: str
    decline_code: str | None

    def apply(self, aggregate: Payment) -> None:
        aggregate.status = "failed"
        aggregate.unresolved_step = None


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
        aggregate.unresolved_step = None
