"""VendorLedger: one vendor's money in one currency during one payout period, line by line.

A period ends when a payout takes its available lines; what is left over opens the next period, so a stream stays short.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from domain.ids import derived_id
from domain.money import BASIS_POINTS
from domain.root import Event, FirstEvent, Root
from domain.vendor import Cadence

Kind = Literal[
    "completed",
    "cancelled",
    "part_cancelled",
    "no_show",
    "refund",
    "dispute_reserve",
    "dispute_won",
    "adjustment",
    "debt_left",
    "debt_carried",
]
# A debt that one payout left for the next: its two lines cancel each other out, so neither is earned or owed anew.
DEBTS: Final[frozenset[Kind]] = frozenset({"debt_left", "debt_carried"})

# The least that is paid out, in minor units (domain.md, "Payout runs": 50.00, with a table for other currencies).
_MINIMUM_MINOR = {"JPY": 5_000, "KRW": 50_000, "HUF": 15_000_00, "KWD": 15_000, "BHD": 20_000, "OMR": 20_000}


def minimum_payout_minor(currency: str) -> int:
    return _MINIMUM_MINOR.get(currency, 50_00)


@dataclass(frozen=True, slots=True)
class Line:
    """Money that one booking gave a vendor or, below zero, took: pending until `available_from`, then available.

    An adjustment by the people of finance may have no booking.
    """

    line_id: UUID
    booking_id: UUID | None
    kind: Kind
    amount_minor: int
    earned_at: datetime
    available_from: datetime
    available: bool = False


def debt_left_minor(earned_minor: int, owed_minor: int, clawback_bp: int) -> int:
    """How much of what is owed is left for later payouts, if one may be cut by so much of what was earned."""
    if clawback_bp == BASIS_POINTS:
        return 0
    return max(0, owed_minor - earned_minor * clawback_bp // BASIS_POINTS)


def _sums(lines: tuple[Line, ...]) -> tuple[int, int]:
    """What these lines have earned and what they owe, both in minor units and not negative."""
    earned_minor = sum(line.amount_minor for line in lines if line.amount_minor > 0 and line.kind not in DEBTS)
    return earned_minor, max(0, earned_minor - sum(line.amount_minor for line in lines))


def _debt(payout_id: UUID, kind: Kind, amount_minor: int, now: datetime) -> Line:
    return Line(derived_id("line", payout_id, kind), None, kind, amount_minor, now, now, available=True)


class VendorLedger(Root):
    TOPIC = "vendor_ledger"

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.currency = ""
        self.number = 0
        self.lines: dict[UUID, Line] = {}
        self.closed = False
        self.last_carried: tuple[Cadence, date] | None = None
        self.after_payout_id: UUID | None = None

    @classmethod
    def open(
        cls,
        *,
        stream_id: UUID,
        vendor_id: UUID,
        currency: str,
        number: int,
        carried: tuple[Line, ...],
        after_payout_id: UUID | None = None,
        now: datetime,
    ) -> VendorLedger:
        """Begin a period with the lines that the last one left over, after the payout that closed it."""
        return cls.begin(
            cls.Opened,
            stream_id=stream_id,
            now=now,
            vendor_id=vendor_id,
            currency=currency,
            number=number,
            carried=carried,
            after_payout_id=after_payout_id,
        )

    def payable_lines(self, cutoff: datetime) -> tuple[Line, ...]:
        """The available lines that became so before `cutoff`, so that a late run pays what a punctual one would.

        What the vendor owes counts from the moment it is known: money that is reserved or was given back is never paid.
        """
        return tuple(
            line
            for line in self.lines.values()
            if line.available and (line.available_from < cutoff or line.amount_minor < 0)
        )

    def payable_minor(self, cutoff: datetime, clawback_bp: int = BASIS_POINTS) -> int:
        """What a payout would be, in minor units; below zero while the vendor owes more than it has earned."""
        lines = self.payable_lines(cutoff)
        return sum(line.amount_minor for line in lines) + debt_left_minor(*_sums(lines), clawback_bp)

    @property
    def owed_minor(self) -> int:
        """What the vendor owes us in all, in minor units; 0 if it has money here."""
        return max(0, -sum(line.amount_minor for line in self.lines.values() if line.available))

    @property
    def remaining_lines(self) -> tuple[Line, ...]:
        return tuple(self.lines.values())

    def earn(self, line: Line, *, now: datetime) -> None:
        """Add what a booking earned, pending until its settlement delay has passed. A known line is no event."""
        assert not self.closed
        if line.line_id not in self.lines:
            self.record(self.Earned, now=now, vendor_id=self.vendor_id, currency=self.currency, line=line)

    def adjust(self, line: Line, *, now: datetime) -> None:
        """Take back (below zero) or give back what counts at once: there is no delay to wait for. Known is no event."""
        assert not self.closed
        assert line.available
        if line.line_id not in self.lines:
            self.record(self.Adjusted, now=now, vendor_id=self.vendor_id, currency=self.currency, line=line)

    def release_due(self, *, now: datetime) -> None:
        """Make every pending line available whose time has come: one event for all of them."""
        assert not self.closed
        due = tuple(x for x in self.lines.values() if not x.available and x.available_from <= now)
        if due:
            self.record(
                self.Released,
                now=now,
                vendor_id=self.vendor_id,
                currency=self.currency,
                line_ids=tuple(x.line_id for x in due),
                amount_minor=sum(x.amount_minor for x in due),
            )

    def carry_forward(
        self, *, cadence: Cadence, period_end: date, payable_minor: int, reason: str, now: datetime
    ) -> None:
        """Say that nothing was paid for this period and why; once a period."""
        assert not self.closed
        if self.last_carried != (cadence, period_end):
            self.record(
                self.CarriedForward,
                now=now,
                vendor_id=self.vendor_id,
                currency=self.currency,
                cadence=cadence,
                period_end=period_end,
                payable_minor=payable_minor,
                minimum_minor=minimum_payout_minor(self.currency),
                reason=reason,
            )

    def take_back(self, *, payout_id: UUID, lines: tuple[Line, ...], now: datetime) -> None:
        """The lines of a payout that came to nothing are available again. Lines that are here already are no event."""
        assert not self.closed
        missing = tuple(line for line in lines if line.line_id not in self.lines)
        if missing:
            self.record(
                self.Returned,
                now=now,
                vendor_id=self.vendor_id,
                currency=self.currency,
                payout_id=payout_id,
                lines=missing,
            )

    def close(
        self, *, payout_id: UUID, cutoff: datetime, now: datetime, clawback_bp: int = BASIS_POINTS
    ) -> tuple[Line, ...]:
        """End the period: every line payable at `cutoff` goes into this payout. Returns those lines.

        Of what the vendor owes, only `clawback_bp` of what it earned is taken; a line says how much is left for later.
        """
        assert not self.closed
        lines = self.payable_lines(cutoff)
        left_minor = debt_left_minor(*_sums(lines), clawback_bp)
        if left_minor:
            left = _debt(payout_id, "debt_left", left_minor, now)
            carried = _debt(payout_id, "debt_carried", -left_minor, now)
            facts = {"payout_id": payout_id, "clawback_bp": clawback_bp, "left": left, "carried": carried}
            self.record(self.DebtCarried, now=now, vendor_id=self.vendor_id, currency=self.currency, **facts)
            lines = (*lines, left)
        self.record(
            self.Closed,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            payout_id=payout_id,
            line_ids=tuple(line.line_id for line in lines),
        )
        return lines

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
