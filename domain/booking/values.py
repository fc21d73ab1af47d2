"""What a booking's decisions and events are made of."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.terms import By, FrozenTerms, Outcome

Status = Literal[
    "held",
    "awaiting_payment",
    "awaiting_vendor",
    "confirmed",
    "completed",
    "cancelled",
    "declined",
    "expired",
    "no_show",
]
UNPAID: frozenset[str] = frozenset({"held", "awaiting_payment", "awaiting_vendor"})
Purpose = Literal["booking", "accepted", "change", "nothing"]
WhyDropped = Literal["expired", "replaced", "withdrawn", "capacity_lost", "not_wanted"]


@dataclass(frozen=True, slots=True)
class Trip:
    """What is booked: `quantity` places in each of the `cells` cells of `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime
    cells: int
    quantity: int

    @property
    def units(self) -> int:
        """How often the unit price is paid: places of a departure, or units times nights of a stay."""
        return self.cells * self.quantity

    def same_times(self, other: "Trip") -> bool:
        return (self.starts_at, self.ends_at) == (other.starts_at, other.ends_at)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a booking is to be cancelled: so many guests or units, or the nights of these days, both included."""

    quantity: int | None = None
    first_night: date | None = None
    last_night: date | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a cancellation (of a part, if there is one) was promised to do, and until when the promise holds."""

    booking_version: int
    by: By
    outcome: Outcome
    honoured_until: datetime
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """Places that a change needs beyond those the booking has, held under a claim of their own."""

    claim_id: UUID
    starts_at: datetime
    ends_at: datetime
    cells: int
    quantity: int


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that waits for its difference in price; until it is paid the booking stays as it is."""

    trip: Trip
    price_minor: int
    due_minor: int
    terms: FrozenTerms
    extras: tuple[Extra, ...]
    expires_at: datetime
    payment_id: UUID | None = None

    @property
    def claim_ids(self) -> tuple[UUID, ...]:
        return tuple(extra.claim_id for extra in self.extras)
