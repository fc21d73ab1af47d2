"""A refund: where its money comes from, and how far it has got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

RefundStatus = Literal[
    "awaiting_approval", "rejected", "requested", "submitted", "succeeded", "failed", "paid_otherwise", "overtaken"
]
# Nothing is owed for these: nobody has decided yet, or somebody decided against it, or a bank has given it back.
NOT_OWED: frozenset[str] = frozenset({"awaiting_approval", "rejected", "overtaken"})
REACHED: frozenset[str] = frozenset({"succeeded", "paid_otherwise"})


@dataclass(frozen=True, slots=True)
class Funding:
    """Where the money of a refund comes from, in minor units; the parts add up to the refund.

    Income that is given back is what it was booked as: commission of a trip that took place, or the platform's part of
    one that was cancelled. `goodwill_minor` below zero takes back what was given as goodwill before: it has turned out
    to be part of what the terms give anyway.
    """

    unearned_minor: int = 0
    vendor_minor: int = 0
    commission_minor: int = 0
    goodwill_minor: int = 0
    cancellation_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.unearned_minor + self.earned_minor + self.goodwill_minor

    @property
    def earned_minor(self) -> int:
        """What vendor and platform give back of what they had earned together."""
        return self.vendor_minor + self.commission_minor + self.cancellation_minor


@dataclass(frozen=True, slots=True)
class Refund:
    """`attempt` counts the refunds made at Stripe for it; `past_ids` are those of them that have failed.

    `settled` and `returned`: the balance transactions by which this attempt left, and came back, are booked. A lost
    dispute that has given the money back instead is `overtaken_by`.
    """

    amount_minor: int
    status: RefundStatus = "requested"
    settled: bool = False
    reason: str = ""
    at_fault: str = ""
    proposed_by: UUID | None = None
    stripe_refund_id: str | None = None
    attempt: int = 1
    past_ids: frozenset[str] = frozenset()
    unresolved: bool = False
    funding: Funding = Funding()
    returned: bool = False
    overtaken_by: UUID | None = None

    @property
    def is_open(self) -> bool:
        """It is on its way, or should be."""
        return self.status in {"requested", "submitted"}

    @property
    def shown_status(self) -> str:
        """As people are told: one that got no answer is `unresolved`, whatever it was before."""
        return "unresolved" if self.unresolved else self.status
