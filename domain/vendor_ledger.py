"""VendorLedger: one vendor's money in one currency during one payout period, line by line.

A period ends when a payout takes its available lines; what is left over opens the next period, so a stream stays short.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from domain import vendor_ledger_events as happened
from domain.clawback import debt_left_minor, debt_lines, earned_and_owed_minor
from domain.money import BASIS_POINTS
from domain.payable import minimum_payout_minor
from domain.root import Root
from domain.vendor import Cadence
from domain.vendor_line import Line


class VendorLedger(Root):
    TOPIC = "vendor_ledger"

    Opened: TypeAlias = happened.Opened
    Earned: TypeAlias = happened.Earned
    Adjusted: TypeAlias = happened.Adjusted
    Released: TypeAlias = happened.Released
    CarriedForward: TypeAlias = happened.CarriedForward
    Returned: TypeAlias = happened.Returned
    DebtCarried: TypeAlias = happened.DebtCarried
    Closed: TypeAlias = happened.Closed

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
        return sum(line.amount_minor for line in lines) + debt_left_minor(*earned_and_owed_minor(lines), clawback_bp)

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
        left_minor = debt_left_minor(*earned_and_owed_minor(lines), clawback_bp)
        if left_minor:
            left, carried = debt_lines(payout_id, left_minor, now)
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
