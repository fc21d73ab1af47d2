"""Openings give a listing capacity; cell changes give open cells another, close them or open them again.

Each is a stream of its own, so that loading a listing stays short however long it is sold.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from domain.capacity import Cell, OpenCells, ResizeCells
from domain.listing import Listing, NotOnOffer
from domain.root import FirstEvent, Root


class Opening(Root):
    TOPIC = "opening"

    def __init__(self) -> None:
        self.listing_id = UUID(int=0)
        self.cells: tuple[Cell, ...] = ()

    @classmethod
    def open(cls, *, opening_id: UUID, listing: Listing, cells: tuple[Cell, ...], now: datetime) -> Opening:
        """Open these cells of a listing that is not closed. The capacity itself is claimed by the append."""
        if listing.status == "closed":
            raise NotOnOffer("This listing is closed for ever.")
        return cls.begin(cls.Opened, stream_id=opening_id, now=now, listing_id=listing.id, cells=cells)

    def as_capacity(self) -> OpenCells:
        return OpenCells(self.listing_id, self.cells)

    class Opened(FirstEvent):
        """There are places at these times."""

        TOPIC = "opening.opened"
        listing_id: UUID
        cells: tuple[Cell, ...]

        def apply(self, aggregate: Opening) -> None:
            aggregate.listing_id = self.listing_id
            aggregate.cells = self.cells


class CellChange(Root):
    TOPIC = "cell_change"

    def __init__(self) -> None:
        self.listing_id = UUID(int=0)
        self.starts_from = datetime.min.replace(tzinfo=UTC)
        self.starts_before = datetime.min.replace(tzinfo=UTC)
        self.capacity: int | None = None
        self.closed: bool | None = None

    @classmethod
    def make(
        cls,
        *,
        change_id: UUID,
        listing: Listing,
        starts_from: datetime,
        starts_before: datetime,
        capacity: int | None,
        closed: bool | None,
        reason: str,
        now: datetime,
    ) -> CellChange:
        """Change every open cell that starts in `[starts_from, starts_before)`; what is None stays as it is.

        Whether there are any, and not more sold than `capacity`, is for the append to say: NoSuchCells, BelowSold.
        """
        assert starts_from < starts_before
        assert (capacity, closed) != (None, None)
        return cls.begin(
            cls.Made,
            stream_id=change_id,
            now=now,
            listing_id=listing.id,
            starts_from=starts_from,
            starts_before=starts_before,
            capacity=capacity,
            closed=closed,
            reason=reason,
        )

    def as_capacity(self) -> ResizeCells:
        return ResizeCells(self.listing_id, self.starts_from, self.starts_before, self.capacity, self.closed)

    class Made(FirstEvent):
        """Cells that start in `[starts_from, starts_before)` have another capacity, or are closed, or open again."""

        TOPIC = "cell_change.made"
        listing_id: UUID
        starts_from: datetime
        starts_before: datetime
        capacity: int | None
        closed: bool | None
        reason: str

        def apply(self, aggregate: CellChange) -> None:
            aggregate.listing_id = self.listing_id
            aggregate.starts_from = self.starts_from
            aggregate.starts_before = self.starts_before
            aggregate.capacity = self.capacity
            aggregate.closed = self.closed
