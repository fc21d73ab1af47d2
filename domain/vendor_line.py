"""One line of a vendor's money: what a booking, a refund, a dispute or finance gave it or took from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

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
