"""Capacity: cells and the claims of bookings on them, as changes that an append makes beside its events."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.refusal import Refusal


class SoldOut(Refusal):
    """There are not enough places left."""


class ClaimLost(Refusal):
    """The places held for this booking were given to someone else after its hold ran out."""


class OpenedAlready(Refusal):
    """This listing has an opening at that time already."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One departure or one night, `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime
    capacity: int


@dataclass(frozen=True, slots=True)
class OpenCells:
    listing_id: UUID
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TakeClaim:
    """Hold `quantity` of every cell in `[starts_at, ends_at)` until `expires_at`; SoldOut if one of them lacks room."""

    booking_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    quantity: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SellClaim:
    """Make the claim of a paid booking final, taking the places anew if they were given back; SoldOut if not."""

    booking_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class ExtendClaim:
    """Hold on until `expires_at`; ClaimLost if the claim is gone."""

    booking_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FreeClaim:
    """Give the places back; nothing happens if they were given back before."""

    booking_id: UUID


CapacityChange = OpenCells | TakeClaim | SellClaim | ExtendClaim | FreeClaim
