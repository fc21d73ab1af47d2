"""Cells and claims in plain Python, by the same rules as `capacity.change` in migrations/0001_log.sql."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from domain.capacity import (
    CapacityChange,
    Cell,
    ClaimLost,
    ExtendClaim,
    FreeClaim,
    OpenCells,
    OpenedAlready,
    SellClaim,
    SoldOut,
    TakeClaim,
)


@dataclass(frozen=True)
class Room:
    """A cell of a listing, and how much of it is taken."""

    cell: Cell
    held: int = 0
    sold: int = 0

    def __post_init__(self) -> None:
        assert self.cell.starts_at < self.cell.ends_at
        assert min(self.held, self.sold) >= 0
        assert self.held + self.sold <= self.cell.capacity, "oversold"

    def more(self, state: str, quantity: int) -> "Room":
        return replace(self, **{state: getattr(self, state) + quantity})


@dataclass(frozen=True)
class Claim:
    place: TakeClaim | SellClaim
    state: Literal["held", "sold", "freed"]
    expires_at: datetime | None


class CapacityBook:
    """A change is made on a copy, so that a refused append leaves no trace."""

    def __init__(self) -> None:
        self.rooms: dict[tuple[UUID, datetime], Room] = {}
        self.claims: dict[UUID, Claim] = {}

    def copy(self) -> "CapacityBook":
        other = CapacityBook()
        other.rooms, other.claims = dict(self.rooms), dict(self.claims)
        return other

    def apply(self, change: CapacityChange, now: datetime) -> None:
        """Raises SoldOut, ClaimLost, OpenedAlready."""
        match change:
            case OpenCells():
                self._open(change)
            case TakeClaim():
                self._take(change, "held", change.expires_at, now)
            case SellClaim():
                self._sell(change, now)
            case ExtendClaim():
                claim = self.claims.get(change.booking_id)
                if claim is None or claim.state != "held":
                    raise ClaimLost
                self.claims[change.booking_id] = replace(claim, expires_at=change.expires_at)
            case FreeClaim():
                self._free(change.booking_id)
            case _:
                assert_never(change)

    def _open(self, change: OpenCells) -> None:
        for cell in change.cells:
            if (change.listing_id, cell.starts_at) in self.rooms:
                raise OpenedAlready
            self.rooms[change.listing_id, cell.starts_at] = Room(cell)

    def _rooms_of(self, place: TakeClaim | SellClaim) -> list[tuple[UUID, datetime]]:
        """The departure that is exactly this range, or else every night in it."""
        within = {
            key: room.cell
            for key, room in self.rooms.items()
            if key[0] == place.listing_id and place.starts_at <= key[1] and room.cell.ends_at <= place.ends_at
        }
        exact = [k for k, c in within.items() if (c.starts_at, c.ends_at) == (place.starts_at, place.ends_at)]
        return exact or list(within)

    def _take(
        self, place: TakeClaim | SellClaim, state: Literal["held", "sold"], expires_at: datetime | None, now: datetime
    ) -> None:
        for booking_id, claim in list(self.claims.items()):
            if (
                claim.state == "held"
                and claim.place.listing_id == place.listing_id
                and claim.expires_at is not None
                and claim.expires_at <= now
                and claim.place.starts_at < place.ends_at
                and claim.place.ends_at > place.starts_at
            ):
                self._free(booking_id)
        wanted = self._rooms_of(place)
        rooms = [self.rooms[key] for key in wanted]
        if not wanted or any(room.held + room.sold + place.quantity > room.cell.capacity for room in rooms):
            raise SoldOut
        for key in wanted:
            self.rooms[key] = self.rooms[key].more(state, place.quantity)
        self.claims[place.booking_id] = Claim(place, state, expires_at)

    def _sell(self, change: SellClaim, now: datetime) -> None:
        claim = self.claims.get(change.booking_id)
        if claim is None or claim.state == "freed":
            self._take(change, "sold", None, now)
        elif claim.state == "held":
            for key in self._rooms_of(change):
                self.rooms[key] = self.rooms[key].more("held", -change.quantity).more("sold", change.quantity)
            self.claims[change.booking_id] = Claim(change, "sold", None)

    def _free(self, booking_id: UUID) -> None:
        claim = self.claims.get(booking_id)
        if claim is None or claim.state == "freed":
            return
        for key in self._rooms_of(claim.place):
            self.rooms[key] = self.rooms[key].more(claim.state, -claim.place.quantity)
        self.claims[booking_id] = Claim(claim.place, "freed", None)
