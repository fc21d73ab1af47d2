"""What happens to a payout on its way from its draft to the bank; the way back is in payout_back_events.py."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.payout_back_events import upcast_had_returned
from domain.root import Event, FirstEvent
from domain.vendor import Cadence, PayoutMethod
from domain.vendor_line import Line

if TYPE_CHECKING:
    from domain.payout import Payout

# What is asked of Stripe for a payout: to the vendor's Stripe account, from there to its bank, and all the way back.
# `file` is the one step of a payout that our own bank makes: into a payment file.
PayoutStep = Literal["transfer", "bank", "reversal", "file"]


def _upcast_to_stripe(facts: dict[str, Any]) -> None:
    """Stripe was the only way."""
    facts["method"] = "stripe"


class Drafted(FirstEvent):
    """These lines are to be paid: to this Stripe account, or by our bank to the account that the vendor has named."""

    TOPIC = "payout.drafted"
    class_version = 2
    vendor_id: UUID
    currency: str
    cadence: Cadence
    period_end: date
    destination: str
    amount_minor: int
    lines: tuple[Line, ...]
    method: PayoutMethod

    upcast_v1_v2 = staticmethod(_upcast_to_stripe)

    def apply(self, aggregate: Payout) -> None:
        aggregate.vendor_id = self.vendor_id
        aggregate.currency = self.currency
        aggregate.cadence = self.cadence
        aggregate.amount_minor = self.amount_minor
        aggregate.destination = self.destination
        aggregate.period_end = self.period_end
        aggregate.lines = self.lines
        aggregate.method = self.method


class TransferSubmitted(Event):
    """Stripe is about to be asked for the transfer: from now on it may have happened."""

    TOPIC = "payout.transfer_submitted"

    def apply(self, aggregate: Payout) -> None:
        aggregate.transfer_begun = True
        aggregate.status = "transfer_submitted"


class Transferred(Event):
    """The money stands on the vendor's Stripe account; `had_returned`: although the payout had been cancelled."""

    TOPIC = "payout.transferred"
    class_version = 2
    vendor_id: UUID
    currency: str
    amount_minor: int
    transfer_id: str
    had_returned: bool

    upcast_v1_v2 = staticmethod(upcast_had_returned)

    def apply(self, aggregate: Payout) -> None:
        if aggregate.status in {"drafted", "transfer_submitted"}:  # News of the bank payout may have come first.
            aggregate.status = "transferred"
        aggregate.transfer_id = self.transfer_id
        aggregate.know("transfer")


class TransferSettled(Event):
    """The balance transaction of the transfer was seen."""

    TOPIC = "payout.transfer_settled"
    vendor_id: UUID
    entry: BalanceEntry

    def apply(self, aggregate: Payout) -> None:
        aggregate.transfer_settled = True


class BankRequested(Event):
    """Stripe is about to be asked to send the money to the bank: from now on it may have happened."""

    TOPIC = "payout.bank_requested"

    def apply(self, aggregate: Payout) -> None:
        aggregate.bank_requested = True


class BankSubmitted(Event):
    """On its way to the bank, as `stripe_payout_id`."""

    TOPIC = "payout.bank_submitted"
    stripe_payout_id: str

    def apply(self, aggregate: Payout) -> None:
        aggregate.status = "bank_submitted"
        aggregate.stripe_payout_id = self.stripe_payout_id
        aggregate.know("bank")


class Paid(Event):
    """The bank has it."""

    TOPIC = "payout.paid"
    class_version = 2
    vendor_id: UUID
    currency: str
    amount_minor: int
    method: PayoutMethod

    upcast_v1_v2 = staticmethod(_upcast_to_stripe)

    def apply(self, aggregate: Payout) -> None:
        aggregate.status = "paid"


class Failed(Event):
    """The bank sent it back, perhaps days after `paid`; it stays in transit until it is known to be ours again."""

    TOPIC = "payout.failed"
    class_version = 2
    vendor_id: UUID
    currency: str
    amount_minor: int
    code: str
    had_been_paid: bool
    method: PayoutMethod

    upcast_v1_v2 = staticmethod(_upcast_to_stripe)

    def apply(self, aggregate: Payout) -> None:
        aggregate.status = "failed"
        aggregate.failure_code = self.code


class Refused(Event):
    """Stripe would not do this step now: nothing has moved, and it is asked again later."""

    TOPIC = "payout.refused"
    step: PayoutStep
    code: str

    def apply(self, aggregate: Payout) -> None:
        if self.step == "transfer":
            aggregate.status = "drafted"
        elif self.step == "bank":
            aggregate.bank_requested = False
        aggregate.know(self.step)


class Unresolved(Event):
    """Nobody knows whether Stripe did this step; it keeps the money until it has been looked up."""

    TOPIC = "payout.unresolved"
    step: PayoutStep
    why: str

    def apply(self, aggregate: Payout) -> None:
        aggregate.unresolved_step = self.step


class Held(Event):
    """A person has stopped it where it stands."""

    TOPIC = "payout.held"
    reason: str

    def apply(self, aggregate: Payout) -> None:
        aggregate.on_hold = True


class Released(Event):
    """A person lets it go on, with this step."""

    TOPIC = "payout.released"
    step: PayoutStep

    def apply(self, aggregate: Payout) -> None:
        aggregate.on_hold = False


class Retried(Event):
    """A person has this step tried again; it is looked up first, as ever."""

    TOPIC = "payout.retried"
    step: PayoutStep

    def apply(self, aggregate: Payout) -> None:
        pass


class Filed(Event):
    """It stands in a payment file for our bank, to the account that the vendor had named by then."""

    TOPIC = "payout.filed"
    file_id: UUID
    details_version: int

    def apply(self, aggregate: Payout) -> None:
        aggregate.status = "bank_submitted"
        aggregate.file_id = self.file_id
        aggregate.details_version = self.details_version
