"""What was done to cells after they were opened, so that their rows can be recomputed in one pass over the log."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.capacity import Cell, ResizeCells
from domain.departure_cancellation import DepartureCancellation
from domain.opening import CellChange
from domain.root import Event
from infrastructure.log_tail import event_of, read_next
from infrastructure.replay import CannotReplay

BATCH_MAX: Final = 8_000
_EVENTS: Final[tuple[type[Event], ...]] = (CellChange.Made, DepartureCancellation.Started)


@dataclass(slots=True)
class CellChanges:
    """By listing, in the order of the log. They are few beside the cells, so they are kept in memory."""

    of_listing: defaultdict[UUID, list[tuple[int, ResizeCells]]] = field(default_factory=lambda: defaultdict(list))

    def applied(self, listing_id: UUID, cell: Cell, opened_at: int) -> dict[str, Any]:
        """Capacity and closedness of a cell that was opened at this position, after all changes since."""
        capacity, closed = cell.capacity, False
        for position, change in self.of_listing.get(listing_id, ()):
            if position > opened_at and change.starts_from <= cell.starts_at < change.starts_before:
                capacity = capacity if change.capacity is None else change.capacity
                closed = closed if change.closed is None else change.closed
        return {"capacity": capacity, "closed": closed}


def read_cell_changes(connection: Connection[TupleRow], upto: int) -> CellChanges:
    """All of them up to a position. Raises CannotReplay."""
    changes = CellChanges()
    position = 0
    topics = [event.TOPIC for event in _EVENTS]
    while position < upto:
        read = read_next(connection, position, upto, topics, BATCH_MAX)
        for row in read.rows:
            try:
                change = _resized(event_of(row))
            except Exception as error:
                raise CannotReplay(f"position {row[0]}: {type(error).__name__}: {error}") from error
            changes.of_listing[change.listing_id].append((row[0], change))
        position = read.read_to
    return changes


def _resized(event: Event) -> ResizeCells:
    if isinstance(event, DepartureCancellation.Started):
        return ResizeCells(event.listing_id, event.starts_from, event.starts_before, None, closed=True)
    assert isinstance(event, CellChange.Made)
    return ResizeCells(event.listing_id, event.starts_from, event.starts_before, event.capacity, event.closed)
