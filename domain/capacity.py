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


class TooManyHolds(Refusal):
    """You hold as many unpaid bookings as one may; pay for one or cancel it first."""


class BelowSold(Refusal):
    """More places than that are sold or held already."""


class NoSuchCells(Refusal):
    """The listing has nothing open at that time."""


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
class ResizeCells:
    """Give every cell that starts in `[starts_from, starts_before)` another `capacity`, or close or reopen it, or both.

    A closed cell takes no new claim, also not from a hold that was given back; what is sold or held in it stays.
    NoSuchCells if there is none in the range; BelowSold, and nothing changed, if more is sold or held than `capacity`.
    """

    listing_id: UUID
    starts_from: datetime
    starts_before: datetime
    capacity: int | None
    closed: bool | None


@dataclass(frozen=True, slots=True)
class TakeClaim:
    """Hold `quantity` of each of the `cells` cells in `[starts_at, ends_at)` until `expires_at`.

    SoldOut if one of them lacks room or is not open. TooManyHolds if `traveller_id` has `holds_max` live holds.
    """

    booking_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    quantity: int
    expires_at: datetime
    cells: int = 1
    traveller_id: UUID | None = None
    holds_max: int | None = None


@dataclass(frozen=True, slots=True)
class KeepClaim:
    """Hold on until `expires_at`, taking the places anew if they were given back; SoldOut if that cannot be."""

    booking_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    quantity: int
    expires_at: datetime
    cells: int = 1


@dataclass(frozen=True, slots=True)
class SellClaim:
    """Make the claim of a paid booking final, taking the places anew if they were given back; SoldOut if not."""

    booking_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    quantity: int
    cells: int = 1


@dataclass(frozen=True, slots=True)
class MoveClaim:
    """Make a sold claim another range or quantity of the same listing, in one step.

    What both have in common is never given away in between. SoldOut, and nothing changed, if a cell lacks room.
    """

    booking_id: UUID
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    quantity: int
    cells: int = 1


@dataclass(frozen=True, slots=True)
class ExtendClaim:
    """Hold on until `expires_at`; ClaimLost if the claim is gone."""

    booking_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FreeClaim:
    """Give the places back; nothing happens if they were given back before.

    The claim says which listing's they are; `listing_id` tells those who keep answers about it.
    """

    booking_id: UUID
    listing_id: UUID | None = None


CapacityChange = OpenCells | ResizeCells | TakeClaim | KeepClaim | SellClaim | MoveClaim | ExtendClaim | FreeClaim
