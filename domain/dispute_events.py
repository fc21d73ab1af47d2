"""What happens to a dispute."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.contested import Loss
from domain.root import Event, FirstEvent

if TYPE_CHECKING:
    from domain.dispute import Dispute

Phase = Literal["inquiry", "needs_response"]
End = Literal["won", "lost", "closed"]


class Opened(FirstEvent):
    """A cardholder's bank contests a charge, or (`inquiry`) asks about it without taking any money."""

    TOPIC = "dispute.opened"
    stripe_dispute_id: str
    payment_id: UUID
    booking_id: UUID
    vendor_id: UUID
    traveller_id: UUID
    amount_minor: int
    currency: str
    reason: str
    phase: Phase
    respond_by: datetime | None

    def apply(self, aggregate: Dispute) -> None:
        aggregate.stripe_dispute_id = self.stripe_dispute_id
        aggregate.payment_id = self.payment_id
        aggregate.booking_id = self.booking_id
        aggregate.vendor_id = self.vendor_id
        aggregate.traveller_id = self.traveller_id
        aggregate.currency = self.currency
        aggregate.status = self.phase


class Withdrawn(Event):
    """The money is gone from our balance, and a fee with it; `loss` says who bears it unless the dispute is won."""

    TOPIC = "dispute.withdrawn"
    stripe_dispute_id: str
    booking_id: UUID
    vendor_id: UUID
    amount_minor: int
    fee_minor: int
    currency: str
    loss: Loss

    def apply(self, aggregate: Dispute) -> None:
        aggregate.withdrawn_minor += self.amount_minor
        aggregate.withdrawn_currency = self.currency
        aggregate.loss += self.loss
        aggregate.withdrawals += 1
        if aggregate.status == "inquiry":
            aggregate.status = "needs_response"


class ReviewStarted(Event):
    """Evidence is with the bank, which decides now."""

    TOPIC = "dispute.review_started"

    def apply(self, aggregate: Dispute) -> None:
        aggregate.status = "under_review"


class Settled(Event):
    """A balance transaction of the dispute was seen: money that left our balance, or came back to it."""

    TOPIC = "dispute.settled"
    booking_id: UUID
    vendor_id: UUID
    entry: BalanceEntry

    def apply(self, aggregate: Dispute) -> None:
        aggregate.entries = (*aggregate.entries, self.entry.balance_transaction_id)


class EvidenceRequested(Event):
    """Somebody decided to send this text to the bank. It is sealed with the traveller's key: it may name the person."""

    TOPIC = "dispute.evidence_requested"
    number: int
    traveller_id: UUID
    sealed: str

    def apply(self, aggregate: Dispute) -> None:
        aggregate.evidence = (*aggregate.evidence, self.sealed)


class EvidenceSubmitted(Event):
    """Stripe has the text of this number."""

    TOPIC = "dispute.evidence_submitted"
    number: int

    def apply(self, aggregate: Dispute) -> None:
        aggregate.evidence_sent = max(aggregate.evidence_sent, self.number)


class Won(Event):
    """The bank decided for us: `returned_minor` came back, and of the fee `fee_returned_minor`."""

    TOPIC = "dispute.won"
    stripe_dispute_id: str
    booking_id: UUID
    vendor_id: UUID
    currency: str
    withdrawn_minor: int
    returned_minor: int
    fee_returned_minor: int
    loss: Loss

    def apply(self, aggregate: Dispute) -> None:
        aggregate.status = "won"


class Lost(Event):
    """The bank decided for the cardholder: what was withdrawn is borne as `loss` says."""

    TOPIC = "dispute.lost"
    stripe_dispute_id: str
    booking_id: UUID
    vendor_id: UUID
    currency: str
    withdrawn_minor: int
    loss: Loss

    def apply(self, aggregate: Dispute) -> None:
        aggregate.status = "lost"


class Exchanged(Event):
    """Stripe moved the money in another currency than the charge's; as `payment.exchanged`, with the dispute's fee."""

    TOPIC = "dispute.exchanged"
    booking_id: UUID
    vendor_id: UUID
    amount_minor: int
    fee_minor: int
    currency: str
    against_minor: int
    against_currency: str
    balance_transaction_id: str

    def apply(self, aggregate: Dispute) -> None:
        pass  # Who bears the loss stays as it is; only the books change.


class Recovered(Event):
    """Money came back after the dispute was over: `back` says who has it, `won` whether the bank now decides for us."""

    TOPIC = "dispute.recovered"
    stripe_dispute_id: str
    booking_id: UUID
    vendor_id: UUID
    currency: str
    returned_minor: int
    fee_returned_minor: int
    back: Loss
    won: bool

    def apply(self, aggregate: Dispute) -> None:
        aggregate.recovered_minor += self.returned_minor
        aggregate.recoveries += 1
        if self.won:
            aggregate.status = "won"


class Reopened(Event):
    """It was over, `was` won, lost or closed, and money was taken again: it is decided anew.

    `withdrawn_minor` is what had been taken in the round that ended so.
    """

    TOPIC = "dispute.reopened"
    stripe_dispute_id: str
    booking_id: UUID
    vendor_id: UUID
    was: End
    withdrawn_minor: int

    def apply(self, aggregate: Dispute) -> None:
        aggregate.status = "needs_response"
        aggregate.withdrawn_minor = 0
        aggregate.recovered_minor = 0
        aggregate.loss = Loss()


class Closed(Event):
    """The inquiry came to nothing: no money was ever taken."""

    TOPIC = "dispute.closed"

    def apply(self, aggregate: Dispute) -> None:
        aggregate.status = "closed"
