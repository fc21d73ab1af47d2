"""How much of what a vendor owes one payout may be cut by, and what becomes of the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.ids import derived_id
from domain.money import BASIS_POINTS
from domain.vendor_line import Kind, Line

# A debt that one payout left for the next: its two lines cancel each other out, so neither is earned or owed anew.
DEBTS: Final[frozenset[Kind]] = frozenset({"debt_left", "debt_carried"})


def debt_left_minor(earned_minor: int, owed_minor: int, clawback_bp: int) -> int:
    """How much of what is owed is left for later payouts, if one may be cut by so much of what was earned."""
    if clawback_bp == BASIS_POINTS:
        return 0
    return max(0, owed_minor - earned_minor * clawback_bp // BASIS_POINTS)


def earned_and_owed_minor(lines: tuple[Line, ...]) -> tuple[int, int]:
    """What these lines have earned and what they owe, both in minor units and not negative."""
    earned_minor = sum(line.amount_minor for line in lines if line.amount_minor > 0 and line.kind not in DEBTS)
    return earned_minor, max(0, earned_minor - sum(line.amount_minor for line in lines))


def debt_lines(payout_id: UUID, left_minor: int, now: datetime) -> tuple[Line, Line]:
    """What this payout leaves out of what is owed, and the same debt as the next one finds it."""
    return _debt(payout_id, "debt_left", left_minor, now), _debt(payout_id, "debt_carried", -left_minor, now)


def _debt(payout_id: UUID, kind: Kind, amount_minor: int, now: datetime) -> Line:
    return Line(derived_id("line", payout_id, kind), None, kind, amount_minor, now, now, available=True)
