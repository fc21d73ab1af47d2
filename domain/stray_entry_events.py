"""What happens to a balance transaction that nobody knew: suspended, then identified or explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.root import Event, FirstEvent

if TYPE_CHECKING:
    from domain.stray_entry import StrayEntry

# Where such money can belong. Vendors' and travellers' accounts are not among them: an adjustment or a refund, which
# their ledgers and payments know of, is how money gets there.
ExplainedAs = Literal[
    "bank", "stripe.fees", "dispute.fees", "chargeback.loss", "goodwill", "bad_debt", "currency.exchange"
]
WhyExplained = Literal["bank_transfer", "fee", "made_at_stripe", "correction", "write_off"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`document` is where the reason can be read; `booking_id` says which booking it was about, if any."""

    account: ExplainedAs
    booking_id: UUID | None
    reason: WhyExplained
    document: str


class Suspended(FirstEvent):
    """Stripe moved this, and nobody knew why when the time to find out was over."""

    TOPIC = "stray_entry.suspended"
    entry: BalanceEntry
    kind: str
    source: str | None

    def apply(self, aggregate: StrayEntry) -> None:
        aggregate.entry = self.entry
        aggregate.kind = self.kind
        aggregate.source = self.source


class Identified(Event):
    """It is explained by another event now."""

    TOPIC = "stray_entry.identified"
    entry: BalanceEntry

    def apply(self, aggregate: StrayEntry) -> None:
        aggregate.status = "identified"


class ExplanationProposed(Event):
    """Somebody of finance says what it is."""

    TOPIC = "stray_entry.explanation_proposed"
    explanation: Explanation
    proposed_by: UUID

    def apply(self, aggregate: StrayEntry) -> None:
        aggregate.status = "proposed"
        aggregate.explanation = self.explanation
        aggregate.proposed_by = self.proposed_by
        aggregate.decided_by = None


class Explained(Event):
    """Somebody else of finance agreed: it is booked there, and suspense lets it go."""

    TOPIC = "stray_entry.explained"
    entry: BalanceEntry
    explanation: Explanation
    approved_by: UUID

    def apply(self, aggregate: StrayEntry) -> None:
        aggregate.status = "explained"
        aggregate.decided_by = self.approved_by


class ExplanationRejected(Event):
    """That is not what it is."""

    TOPIC = "stray_entry.explanation_rejected"
    rejected_by: UUID

    def apply(self, aggregate: StrayEntry) -> None:
        aggregate.status = "suspended"
        aggregate.decided_by = self.rejected_by


class ExplanationWithdrawn(Event):
    """An event of ours has booked it after all, so what people had said of it is taken back."""

    TOPIC = "stray_entry.explanation_withdrawn"
    entry: BalanceEntry
    explanation: Explanation

    def apply(self, aggregate: StrayEntry) -> None:
        aggregate.status = "suspended"
