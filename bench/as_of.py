"""Time travel: how long the state of one stream as of an instant takes, with a million events in the log."""

import asyncio
import time
from datetime import timedelta
from random import Random
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from bench.audit import FILLED_BY_COPY_MAX
from bench.journeys import EVENTS_A_BOOKING, fill, multiply
from bench.part import Part, Row
from bench.place import Place, superuser
from bench.rounds import percentile, spread
from bench.scale import Scale
from infrastructure.audit.replay_streams import shown_state, state_after
from infrastructure.database import async_pool
from queries.known_then import events_of_streams, position_known

QUESTIONS = 2_000


def measure(place: Place, scale: Scale) -> Part:
    events = scale.growth_events[-1]
    url = place.migrated("as_of")
    with superuser(url) as owner:
        fill(owner, min(events, FILLED_BY_COPY_MAX) // EVENTS_A_BOOKING)
        multiply(owner, events)
        owner.execute(
            "UPDATE log.events SET recorded_at = timestamptz '2026-01-01' + notification_id * interval '1 ms'"
        )
        owner.execute("VACUUM ANALYZE log.events")
        taken_ms = asyncio.run(_taken_ms(url, owner, events, min(QUESTIONS, events)))
    p50, p99 = percentile(taken_ms, 50), percentile(taken_ms, 99)
    row = Row(f"a stream as of an instant, {events:,} events", spread([1_000 / p50]), None)
    note = f"State and events of one booking as of a random instant: median {p50:.1f} ms, p99 {p99:.1f} ms."
    return Part("Time travel", "answers/s", [row], {"as_of_p99_ms": p99}, (note,))


async def _taken_ms(url: str, owner: Connection[TupleRow], events: int, count: int) -> list[float]:
    """Of random streams at random instants, one after the other, as the API answers them."""
    random, taken = Random(9), []  # noqa: S311 - what is asked for is no secret
    begun_at = owner.execute("SELECT timestamptz '2026-01-01'").fetchone()
    assert begun_at is not None
    async with async_pool(url, name="bench-as-of", most=1) as pool:
        for _ in range(count):
            stream = _stream_at(owner, random.randint(1, events))
            at = begun_at[0] + timedelta(milliseconds=random.randint(1, events))
            begun = time.perf_counter()
            async with pool.connection() as connection:
                upto = await position_known(connection, at)
                state = state_after(await events_of_streams(connection, [stream], upto))
            if state is not None:
                shown_state(state)
            taken.append((time.perf_counter() - begun) * 1_000)
    return taken


def _stream_at(owner: Connection[TupleRow], position: int) -> UUID:
    row = owner.execute("SELECT originator_id FROM log.events WHERE notification_id = %s", (position,)).fetchone()
    assert row is not None
    stream: UUID = row[0]
    return stream
