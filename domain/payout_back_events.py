"""How the money of a payout comes back: it was cancelled, its transfer reversed, or the bank would not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.root import Event

if TYPE_CHECKING:
    from domain.payout import Payout


def upcast_had_returned(facts: dict[str, Any]) -> None:
    """A transfer that came to light after its payout was cancelled was told like any other, and not taken back."""
    facts["had_returned"] = False


class Cancelled(Event):
    """Nothing was sent, and nothing will be: the money is the vendor's to be paid out again."""

    TOPIC = "payout.cancelled"
    vendor_id: UUID
    currency: str
    amount_minor: int
    reason: str

    def apply(self, aggregate: Payout) -> None:
        aggregate.status = "cancelled"
        aggregate.returned = True
        aggregate.on_hold = False


class ReversalRequested(Event):
    """The money is to be taken back from the vendor's Stripe account."""

    TOPIC = "payout.reversal_requested"
    reason: str

    def apply(self, aggregate: Payout) -> None:
        aggregate.reversal_requested = True
        aggregate.on_hold = False


class TransferReversed(Event):
    """The money is ours again, and the vendor's to be paid out again; `had_returned`: the vendor had it back before.

    That is so where a transfer turned out to have happened although the payout had been cancelled.
    """

    TOPIC = "payout.transfer_reversed"
    class_version = 2
    vendor_id: UUID
    currency: str
    amount_minor: int
    reversal_id: str
    had_failed: bool
    had_returned: bool

    upcast_v1_v2 = staticmethod(upcast_had_returned)

    def apply(self, aggregate: Payout) -> None:
        if not self.had_failed:
            aggregate.status = "cancelled"
        aggregate.returned = True
        aggregate.reversal_id = self.reversal_id
        aggregate.know("reversal")


class ReversalSettled(Event):
    """The balance transaction of the reversal was seen."""

    TOPIC = "payout.reversal_settled"
    vendor_id: UUID
    entry: BalanceEntry

    def apply(self, aggregate: Payout) -> None:
        aggregate.reversal_settled = True


class Returned(Event):
    """Our bank has the money of a payout that failed: it is the vendor's to be paid out again."""

    TOPIC = "payout.returned"
    vendor_id: UUID
    currency: str
    amount_minor: int

    def apply(self, aggregate: Payout) -> None:
        aggregate.returned = True
