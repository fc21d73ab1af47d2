"""Appends as the log takes them, made without any command: the adapter is tested by itself."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, TypeVar, cast
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import TupleRow

from commands.append import Append, Committed, Meta
from domain.actor import SYSTEM
from domain.capacity import (
    CapacityChange,
    Cell,
    ExtendClaim,
    KeepClaim,
    MoveClaim,
    OpenCells,
    ResizeCells,
    SellClaim,
    TakeClaim,
)
from domain.root import Event
from domain.vendor import Vendor
from infrastructure.blocking import LoopThread
from infrastructure.database import connect
from infrastructure.event_log import EventLog, event_log

R = TypeVar("R")
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
META = Meta(SYSTEM, "Test", "test")
HOUR = timedelta(hours=1)
FAR = T0 + timedelta(days=3650)


def facts(count: int = 1, stream_id: UUID | None = None, *, after: Sequence[Event] = ()) -> tuple[Event, ...]:
    """The first `count` events of a stream, or the next ones `after` those it has."""
    stream_id = stream_id or uuid4()
    if after:
        vendor = cast("Vendor", None)
        for event in after:
            vendor = cast("Vendor", event.mutate(vendor))
    else:
        vendor = Vendor.begin(Vendor.Enrolled, stream_id=stream_id, now=T0, vendor_id=stream_id)
    while len(vendor.pending_events) < count:
        vendor.choose_cadence("monthly" if vendor.cadence == "weekly" else "weekly", now=T0)
    return cast("tuple[Event, ...]", tuple(vendor.collect_events()))


def append(*events: Event, capacity: tuple[CapacityChange, ...] = (), **more: Any) -> Append:
    return Append(events, META, capacity, **more)


@dataclass(frozen=True)
class LogOnTheBench:
    """The log, driven from a plain test; `sql` is a connection in the role of the running system."""

    log: EventLog
    loop: LoopThread
    sql: Connection[TupleRow]

    def commit(self, *events: Event, **more: Any) -> Committed:
        return self.loop.run(self.log.commit(append(*events, **more)))

    def stream(self, stream_id: UUID) -> list[Event]:
        return self.loop.run(self.log.read((stream_id,))).events[stream_id]

    def together(self, *work: Callable[[], Coroutine[Any, Any, R]]) -> list[R | BaseException]:
        """All at once; what each returned or raised."""

        async def gathered() -> list[R | BaseException]:
            return await asyncio.gather(*(one() for one in work), return_exceptions=True)

        return self.loop.run(gathered())

    def all_at_once(self, *wanted: tuple[CapacityChange, ...]) -> list[Committed | BaseException]:
        """An append for each of these, whose one event begins a stream; what each was answered."""
        return self.together(*((lambda one=one: self.log.commit(append(*facts(), capacity=one))) for one in wanted))

    def rows(self, query: LiteralString, *values: Any) -> list[TupleRow]:
        return self.sql.execute(query, values).fetchall()

    def everything(self) -> list[list[TupleRow]]:
        """All that an append may have touched, to see that it touched nothing."""
        tables: tuple[LiteralString, ...] = (
            "SELECT * FROM log.events ORDER BY notification_id",
            "SELECT * FROM log.idempotency ORDER BY scope, key",
            "SELECT * FROM people.identity ORDER BY account_id",
            "SELECT * FROM capacity.cell ORDER BY listing_id, starts_at",
            "SELECT * FROM capacity.claim ORDER BY booking_id",
            "SELECT * FROM board.task ORDER BY task_id",
        )
        return [self.rows(table) for table in tables]


def positions(bench: LogOnTheBench) -> list[int]:
    return [row[0] for row in bench.rows("SELECT notification_id FROM log.events ORDER BY 1")]


@contextmanager
def log_on_the_bench(url: str, connections: int = 16) -> Iterator[LogOnTheBench]:
    loop = LoopThread()
    log = event_log(url, name="test", connections=connections)
    opened = loop.run(log.__aenter__())
    try:
        with connect(url, name="test-sql") as sql:
            yield LogOnTheBench(opened, loop, sql)
    finally:
        loop.run(log.__aexit__(None, None, None))
        loop.close()


@dataclass(frozen=True)
class Nights:
    """A listing with cells of one hour each, the first of which starts at T0."""

    listing_id: UUID

    def opened(self, *capacities: int) -> OpenCells:
        cells = tuple(Cell(T0 + n * HOUR, T0 + (n + 1) * HOUR, capacity) for n, capacity in enumerate(capacities))
        return OpenCells(self.listing_id, cells)

    def hold(self, booking_id: UUID, quantity: int = 1, *, first: int = 0, last: int = 0, until: datetime) -> TakeClaim:
        starts_at, ends_at = T0 + first * HOUR, T0 + (last + 1) * HOUR
        return TakeClaim(booking_id, self.listing_id, starts_at, ends_at, quantity, until, last - first + 1)

    def sale(self, booking_id: UUID, quantity: int = 1, *, first: int = 0, last: int = 0) -> SellClaim:
        starts_at, ends_at = T0 + first * HOUR, T0 + (last + 1) * HOUR
        return SellClaim(booking_id, self.listing_id, starts_at, ends_at, quantity, last - first + 1)

    def kept(self, booking_id: UUID, quantity: int = 1, *, first: int = 0, last: int = 0, until: datetime) -> KeepClaim:
        starts_at, ends_at = T0 + first * HOUR, T0 + (last + 1) * HOUR
        return KeepClaim(booking_id, self.listing_id, starts_at, ends_at, quantity, until, last - first + 1)

    def move(self, booking_id: UUID, quantity: int = 1, *, first: int = 0, last: int = 0) -> MoveClaim:
        starts_at, ends_at = T0 + first * HOUR, T0 + (last + 1) * HOUR
        return MoveClaim(booking_id, self.listing_id, starts_at, ends_at, quantity, last - first + 1)

    def resized(
        self, capacity: int | None = None, *, closed: bool | None = None, first: int = 0, last: int = 0
    ) -> ResizeCells:
        return ResizeCells(self.listing_id, T0 + first * HOUR, T0 + (last + 1) * HOUR, capacity, closed)


def longer(booking_id: UUID, until: datetime) -> ExtendClaim:
    return ExtendClaim(booking_id, until)
