"""Appends and the catch-up of a follower with ever more events in the log: both should cost what they always did."""

import asyncio
import time
from contextlib import ExitStack
from functools import partial

from psycopg import Connection
from psycopg.rows import TupleRow

from bench.journeys import EVENTS_A_BOOKING, fill, held, multiply
from bench.makings import META
from bench.ours import Ours, ours
from bench.part import Part, rows_of
from bench.place import Place, superuser
from bench.pure_sql import fill_bookings
from bench.rounds import Rates, alternate, ratio
from bench.scale import Scale
from commands.append import Append
from infrastructure.database import DERIVED, connect
from projections.bookings import BOOKINGS
from workers.follower import Followed, step

WRITERS = 32
FILLED_BY_COPY_MAX = 200_000


class Grown:
    """A log of one size, with the read model that belongs to it."""

    def __init__(self, url: str, events: int, stack: ExitStack) -> None:
        self.events = events
        self._owner: Connection[TupleRow] = stack.enter_context(superuser(url))
        fill(self._owner, min(events, FILLED_BY_COPY_MAX) // EVENTS_A_BOOKING)
        multiply(self._owner, events)
        self._owner.execute("VACUUM ANALYZE log.events")
        fill_bookings(self._owner, "read")
        self._owner.execute("VACUUM ANALYZE read.booking")
        self._we: Ours = stack.enter_context(ours(url))
        self._follower: Connection[TupleRow] = stack.enter_context(connect(url, name="bench-follower", options=DERIVED))
        self._owner.execute(
            "INSERT INTO ops.follower (name, position) SELECT %s, max(notification_id) FROM log.events",
            (BOOKINGS.name,),
        )

    def appends_per_s(self, appends: int) -> float:
        """At 32 writers; the events are made before the clock starts, so that it sees the log alone."""
        waiting = [Append((held(),), META) for _ in range(appends)]
        begun = time.perf_counter()
        self._we.run(self._append(waiting))
        return appends / (time.perf_counter() - begun)

    async def _append(self, waiting: list[Append]) -> None:
        async def write() -> None:
            while waiting:
                await self._we.log.commit(waiting.pop())

        await asyncio.gather(*(write() for _ in range(WRITERS)))

    def caught_up_per_s(self) -> float:
        """Events a second, of those that were just appended."""
        followed = Followed(BOOKINGS)
        begun = time.perf_counter()
        while step(self._follower, followed):
            pass
        return self._new_events() / (time.perf_counter() - begun)

    def shrink(self) -> None:
        """Back to the size it had."""
        self._owner.execute(
            "DELETE FROM read.booking WHERE booking_id IN"
            " (SELECT originator_id FROM log.events WHERE notification_id > %s)",
            (self.events,),
        )
        self._owner.execute("DELETE FROM log.events WHERE notification_id > %s", (self.events,))
        self._owner.execute("UPDATE ops.follower SET position = %s", (self.events,))
        self._owner.execute("VACUUM log.events, read.booking")

    def _new_events(self) -> int:
        row = self._owner.execute("SELECT max(notification_id) FROM log.events").fetchone()
        assert row is not None
        return int(row[0]) - self.events


def measure(place: Place, scale: Scale) -> Part:
    caught_up: Rates = {}

    def turn(label: str, grown: Grown) -> float:
        rate = grown.appends_per_s(scale.growth_appends)
        caught_up.setdefault(label, []).append(grown.caught_up_per_s())
        grown.shrink()
        return rate

    with ExitStack() as stack:
        contestants = {}
        for events in scale.growth_events:
            grown = Grown(place.migrated(f"growth_{events}"), events, stack)
            contestants[f"{events:,} events in the log"] = partial(turn, f"{events:,} events in the log", grown)
        alternate(contestants, 1)
        caught_up.clear()
        appended = alternate(contestants, scale.growth_rounds)
    smallest, *_, largest = contestants
    rows = [
        *rows_of(appended, smallest, "append: "),
        *rows_of(caught_up, smallest, "catch-up: "),
    ]
    figures = {"append_growth_1m_vs_10k": ratio(appended[largest], appended[smallest]).median}
    behind = ratio(caught_up[largest], caught_up[smallest])
    notes = (
        f"Catch-up, largest log beside smallest: {behind.median:.2f} ({behind.lowest:.2f} - {behind.highest:.2f}).",
        f"{scale.growth_appends:,} appends of booking.held a turn at {WRITERS} writers, taken out again afterwards.",
    )
    return Part("Growth", "events/s", rows, figures, notes, beside=f"{smallest.split()[0]} / it")
