"""What happens to a vendor's money during one payout period, from its first line to the payout that closes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.root import Event, FirstEvent
from domain.vendor import Cadence
from domain.vendor_line import Line

if TYPE_CHECKING:
    from domain.vendor_ledger import VendorLedger


class Opened(FirstEvent):
    """A period began with the lines that the last one left over."""

    TOPIC = "vendor_ledger.opened"
    class_version = 2
    vendor_id: UUID
    currency: str
    number: int
    carried: tuple[Line, ...]
    after_payout_id: UUID | None

    @staticmethod
    def upcast_v1_v2(facts: dict[str, Any]) -> None:
        """Which payout had closed the period before was not said."""
        facts["after_payout_id"] = None

    def apply(self, aggregate: VendorLedger) -> None:
        aggregate.after_payout_id = self.after_payout_id
        aggregate.vendor_id = self.vendor_id
        aggregate.currency = self.currency
        aggregate.number = self.number
        aggregate.lines = {line.line_id: line for line in self.carried}


class Earned(Event):
    """A booking earned money, pending until its settlement delay has passed."""

    TOPIC = "vendor_ledger.earned"
    vendor_id: UUID
    currency: str
    line: Line

    def apply(self, aggregate: VendorLedger) -> None:
        aggregate.lines[self.line.line_id] = self.line


class Adjusted(Event):
    """Money was taken back from the vendor, or given back to it: available, or owed, at once."""

    TOPIC = "vendor_ledger.adjusted"
    vendor_id: UUID
    currency: str
    line: Line

    def apply(self, aggregate: VendorLedger) -> None:
        aggregate.lines[self.line.line_id] = self.line


class Released(Event):
    """Pending lines became available."""

    TOPIC = "vendor_ledger.released"
    vendor_id: UUID
    currency: str
    line_ids: tuple[UUID, ...]
    amount_minor: int

    def apply(self, aggregate: VendorLedger) -> None:
        for line_id in self.line_ids:
            aggregate.lines[line_id] = replace(aggregate.lines[line_id], available=True)


class CarriedForward(Event):
    """Nothing was paid for this period, and why."""

    TOPIC = "vendor_ledger.carried_forward"
    class_version = 2
    vendor_id: UUID
    currency: str
    cadence: Cadence
    period_end: date
    payable_minor: int
    minimum_minor: int
    reason: str

    def apply(self, aggregate: VendorLedger) -> None:
        aggregate.last_carried = (self.cadence, self.period_end)

    @staticmethod
    def upcast_v1_v2(facts: dict[str, Any]) -> None:
        """Months end on a 1st and weeks on a Monday; of what ended on both, nothing tells, and weeks are more."""
        facts["cadence"] = "weekly" if date.fromisoformat(facts["period_end"]).weekday() == 0 else "monthly"


class Returned(Event):
    """A payout came to nothing; its lines are available again, for the next."""

    TOPIC = "vendor_ledger.returned"
    vendor_id: UUID
    currency: str
    payout_id: UUID
    lines: tuple[Line, ...]

    def apply(self, aggregate: VendorLedger) -> None:
        aggregate.lines.update({line.line_id: line for line in self.lines})


class DebtCarried(Event):
    """More is owed than one payout may be cut by: it is `left` out of this one and `carried` to the next."""

    TOPIC = "vendor_ledger.debt_carried"
    vendor_id: UUID
    currency: str
    payout_id: UUID
    clawback_bp: int
    left: Line
    carried: Line

    def apply(self, aggregate: VendorLedger) -> None:
        aggregate.lines |= {self.left.line_id: self.left, self.carried.line_id: self.carried}


class Closed(Event):
    """The period ended; these lines are in that payout."""

    TOPIC = "vendor_ledger.closed"
    vendor_id: UUID
    currency: str
    payout_id: UUID
    line_ids: tuple[UUID, ...]

    def apply(self, aggregate: VendorLedger) -> None:
        for line_id in self.line_ids:
            del aggregate.lines[line_id]
        aggregate.closed = True
