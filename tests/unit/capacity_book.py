"""Cells and claims in plain Python, by the same rules as `capacity.change` in migrations/0010_capacity.sql."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from domain.capacity import (
    BelowSold,
    CapacityChange,
    Cell,
    ClaimLost,
    ExtendClaim,
    FreeClaim,
    KeepClaim,
    MoveClaim,
    NoSuchCells,
    OpenCells,
    OpenedAlready,
    ResizeCells,
    SellClaim,
    SoldOut,
    TakeClaim,
    TooManyHolds,
)

Place = TakeClaim | KeepClaim | SellClaim | MoveClaim
Key = tuple[UUID, datetime]
State = Literal["held", "sold", "freed"]


@dataclass(frozen=True)
class Room:
    """A cell of a listing, and how much of it is taken."""

    cell: Cell
    held: int = 0
    sold: int = 0
    closed: bool = False

    def __post_init__(self) -> None:
        assert self.cell.starts_at < self.cell.ends_at
        assert min(self.held, self.sold) >= 0
        assert self.held + self.sold <= self.cell.capacity, "oversold"

    def more(self, state: State, quantity: int) -> "Room":
        return replace(self, **{state: getattr(self, state) + quantity})


@dataclass(frozen=True)
class Claim:
    """`place` is what it covers; `traveller_id` stands only in holds that count against a limit."""

    place: Place
    state: State
    expires_at: datetime | None = None
    traveller_id: UUID | None = None


@dataclass
class CapacityBook:
    """A change is made on a copy, so that a refused append leaves no trace."""

    rooms: dict[Key, Room] = field(default_factory=dict)
    claims: dict[UUID, Claim] = field(default_factory=dict)

    def copy(self) -> "CapacityBook":
        return CapacityBook(dict(self.rooms), dict(self.claims))

    def apply(self, change: CapacityChange, now: datetime) -> None:
        """Raises the refusals of domain/capacity.py."""
        match change:
            case OpenCells():
                self._open(change)
            case ResizeCells():
                self._resize(change, now)
            case TakeClaim():
                self._hold(change, now)
            case KeepClaim():
                self._keep(change, now)
            case SellClaim():
                self._sell(change, now)
            case MoveClaim():
                self._move(change, now)
            case ExtendClaim():
                self._extend(change)
            case FreeClaim():
                self._free(change.booking_id)
            case _:
                assert_never(change)

    def _open(self, change: OpenCells) -> None:
        for cell in change.cells:
            if (change.listing_id, cell.starts_at) in self.rooms:
                raise OpenedAlready
            self.rooms[change.listing_id, cell.starts_at] = Room(cell)

    def _resize(self, change: ResizeCells, now: datetime) -> None:
        chosen = [
            key
            for key in self.rooms
            if key[0] == change.listing_id and change.starts_from <= key[1] < change.starts_before
        ]
        if not chosen:
            raise NoSuchCells
        if change.capacity is not None and not self._make_room(
            change.starts_from, change.starts_before, {key: self._taken(key) - change.capacity for key in chosen}, now
        ):
            raise BelowSold
        for key in chosen:
            room = self.rooms[key]
            capacity = room.cell.capacity if change.capacity is None else change.capacity
            closed = room.closed if change.closed is None else change.closed
            self.rooms[key] = replace(room, cell=replace(room.cell, capacity=capacity), closed=closed)

    def _hold(self, change: TakeClaim, now: datetime) -> None:
        if change.traveller_id is not None and change.holds_max is not None:
            live = [
                claim
                for claim in self.claims.values()
                if claim.traveller_id == change.traveller_id and claim.expires_at is not None and claim.expires_at > now
            ]
            if len(live) >= change.holds_max:
                raise TooManyHolds
        self._take(change, "held", now)
        self.claims[change.booking_id] = Claim(change, "held", change.expires_at, change.traveller_id)

    def _keep(self, change: KeepClaim, now: datetime) -> None:
        claim = self.claims.get(change.booking_id)
        if claim is None or claim.state == "freed":
            self._take(change, "held", now)
            claim = Claim(change, "held")
        if claim.state == "held":
            self.claims[change.booking_id] = Claim(claim.place, "held", change.expires_at)

    def _sell(self, change: SellClaim, now: datetime) -> None:
        claim = self.claims.get(change.booking_id)
        if claim is None or claim.state == "freed":
            self._take(change, "sold", now)
            self.claims[change.booking_id] = Claim(change, "sold")
        elif claim.state == "held":
            for key in self._keys(claim.place):
                held = self.rooms[key].more("held", -claim.place.quantity)
                self.rooms[key] = held.more("sold", claim.place.quantity)
            self.claims[change.booking_id] = Claim(claim.place, "sold")

    def _move(self, change: MoveClaim, now: datetime) -> None:
        claim = self.claims.get(change.booking_id)
        if claim is None or claim.state != "sold" or claim.place.listing_id != change.listing_id:
            raise ClaimLost
        old = self._keys(claim.place)
        more = {key: change.quantity - claim.place.quantity * (key in old) for key in self._keys(change)}
        self._check_room(change, more, now)
        for key in set(old) - set(more):
            more[key] = -claim.place.quantity
        for key, quantity in more.items():
            self.rooms[key] = self.rooms[key].more("sold", quantity)
        self.claims[change.booking_id] = Claim(change, "sold")

    def _extend(self, change: ExtendClaim) -> None:
        claim = self.claims.get(change.booking_id)
        if claim is None or claim.state != "held":
            raise ClaimLost
        self.claims[change.booking_id] = replace(claim, expires_at=change.expires_at)

    def _free(self, booking_id: UUID) -> None:
        claim = self.claims.get(booking_id)
        if claim is None or claim.state == "freed":
            return
        for key in self._keys(claim.place):
            self.rooms[key] = self.rooms[key].more(claim.state, -claim.place.quantity)
        self.claims[booking_id] = Claim(claim.place, "freed")

    def _take(self, place: Place, state: State, now: datetime) -> None:
        keys = self._keys(place)
        self._check_room(place, dict.fromkeys(keys, place.quantity), now)
        for key in keys:
            self.rooms[key] = self.rooms[key].more(state, place.quantity)

    def _check_room(self, place: Place, more: dict[Key, int], now: datetime) -> None:
        """Raises SoldOut unless the range has its cells, and each is open and has room for as much `more`."""
        lacking = {key: self._taken(key) + n - self.rooms[key].cell.capacity for key, n in more.items() if n > 0}
        complete = len(self._keys(place)) == place.cells and not any(self.rooms[key].closed for key in lacking)
        if not complete or not self._make_room(place.starts_at, place.ends_at, lacking, now):
            raise SoldOut

    def _make_room(self, starts_from: datetime, before: datetime, lacking: dict[Key, int], now: datetime) -> bool:
        """Give back what has run out in the range, if that frees in every cell what it is `lacking`; else nothing."""
        short = {key: n for key, n in lacking.items() if n > 0}
        if not short:
            return True
        expired = {
            booking_id: claim.place
            for booking_id, claim in self.claims.items()
            if claim.state == "held" and claim.expires_at is not None and claim.expires_at <= now
        }
        freed = [(key, place.quantity) for place in expired.values() for key in self._keys(place)]
        if any(sum(n for where, n in freed if where == key) < lack for key, lack in short.items()):
            return False
        listing_id = next(iter(short))[0]
        for booking_id, place in expired.items():
            if place.listing_id == listing_id and place.starts_at < before and place.ends_at > starts_from:
                self._free(booking_id)
        return True

    def _taken(self, key: Key) -> int:
        return self.rooms[key].held + self.rooms[key].sold

    def _keys(self, place: Place) -> Collection[Key]:
        """The departure that is exactly this range, or else every night in it."""
        within = {
            key: room.cell
            for key, room in self.rooms.items()
            if key[0] == place.listing_id and place.starts_at <= key[1] and room.cell.ends_at <= place.ends_at
        }
        exact = [k for k, c in within.items() if (c.starts_at, c.ends_at) == (place.starts_at, place.ends_at)]
        return exact or list(within)
