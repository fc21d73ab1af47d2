"""Events as the log and its archive hold them, for auditors: searched by trail or by stretches, or drawn by a seed."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from domain.ids import request_key
from queries.rows import Connection, many
from queries.trail import laid_to, to_look_at

# How many positions one page looks at. A search that finds little is a few pages, each of them quick.
STRETCH: Final = 20_000
# How many events of an actor or a request one page looks at.
ON_TRAIL: Final = 500
DRAWS_MAX: Final = 20_000
_AT_ONCE: Final = 500
_DOWNLOADED_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class EventRow:
    position: int
    stream: UUID
    version: int
    topic: str
    state: bytes
    metadata: dict[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class EventFilter:
    """`least` and `most`: any amount of the event, in minor units, is between them, both included."""

    topic: str | None = None
    stream: UUID | None = None
    actor: UUID | None = None
    correlation: str | None = None
    least: int | None = None
    most: int | None = None

    @property
    def name(self) -> UUID | None:
        """What the trail knows these events by. A request has fewer than an actor."""
        return self.actor if self.correlation is None else request_key(self.correlation)


@dataclass(frozen=True, slots=True)
class Span:
    """Positions behind `after` up to and including `upto`."""

    after: int
    upto: int

    @property
    def count(self) -> int:
        return max(0, self.upto - self.after)


_COLUMNS: Final = (
    "notification_id AS position, originator_id AS stream, originator_version AS version, topic, state,"
    " metadata, recorded_at"
)
_WANTED: Final = """
       notification_id > %(after)s AND notification_id <= %(upto)s
   AND (%(topic)s::text IS NULL OR topic = %(topic)s)
   AND (%(actor)s::text IS NULL OR metadata->'by'->>'account_id' = %(actor)s::text)
   AND (%(correlation)s::text IS NULL OR metadata->>'correlation_id' = %(correlation)s)
   AND (%(least)s::bigint IS NULL AND %(most)s::bigint IS NULL OR log.has_amount(
            state, coalesce(%(least)s, -9223372036854775807), coalesce(%(most)s, 9223372036854775807)))
"""


async def span(
    connection: Connection, *, after: int, upto: int | None, since: datetime | None, before: datetime | None
) -> Span:
    """The positions between these, recorded at `since <= recorded_at < before`; never beyond the log as it is now."""
    cursor = await connection.execute(
        "SELECT greatest(%(after)s, CASE WHEN %(since)s::timestamptz IS NULL THEN 0"
        "           ELSE log.position_at(%(since)s - interval '1 microsecond') END),"
        "       least(%(upto)s::bigint, coalesce(max(notification_id), 0),"
        "           CASE WHEN %(before)s::timestamptz IS NOT NULL"
        "           THEN log.position_at(%(before)s - interval '1 microsecond') END)"
        "  FROM log.events",
        {"after": after, "upto": upto, "since": since, "before": before},
    )
    row = await cursor.fetchone()
    assert row is not None
    return Span(row[0], row[1])


async def events(
    connection: Connection, which: EventFilter, where: Span, *, limit: int
) -> tuple[list[EventRow], int | None]:
    """The first of them in the order of the log, and the position behind which to go on, or None at the end.

    One stream is looked at whole, an actor or a request where the trail leads; anything else STRETCH positions at a
    time, so a page may be short or empty and still not be the last.
    """
    rows, upto = await _next(connection, which, where, STRETCH, limit + 1)
    if len(rows) > limit:
        return rows[:limit], rows[limit - 1].position
    return rows, upto if upto < where.upto else None


async def all_events(pool: AsyncConnectionPool[Connection], which: EventFilter, where: Span) -> AsyncIterator[EventRow]:
    """Every one of them, however many: only some are ever in memory, and who takes them slowly holds no connection."""
    after = where.after
    while after < where.upto:
        async with pool.connection() as connection:
            rows, after = await _next(connection, which, Span(after, where.upto), _DOWNLOADED_AT_ONCE, None)
        for row in rows:
            yield row


async def _next(
    connection: Connection, which: EventFilter, where: Span, stretch: int, limit: int | None
) -> tuple[list[EventRow], int]:
    """The first of them, and the position up to which was looked for them."""
    if which.stream:
        return await _events(connection, which, where, "log.events_of(ARRAY[%(stream)s::uuid])", limit), where.upto
    laid = await laid_to(connection) if which.name else 0
    if which.name is None or laid <= where.after:
        upto = min(where.upto, where.after + stretch)
        between = Span(where.after, upto)
        return await _events(connection, which, between, "log.events_between(%(after)s, %(upto)s)", limit), upto
    positions, upto = await to_look_at(
        connection, which.name, laid, where.after, where.upto, limit=ON_TRAIL, not_laid_max=ON_TRAIL
    )
    return await _events(connection, which, where, "log.events_at(%(positions)s)", limit, positions), upto


async def _events(
    connection: Connection,
    which: EventFilter,
    where: Span,
    source: str,
    limit: int | None,
    positions: Sequence[int] = (),
) -> list[EventRow]:
    return await many(
        connection,
        EventRow,
        f"SELECT {_COLUMNS} FROM {source} WHERE {_WANTED} ORDER BY notification_id LIMIT %(limit)s",
        {
            **asdict(which),
            "actor": str(which.actor) if which.actor else None,
            "after": where.after,
            "upto": where.upto,
            "limit": limit,
            "positions": list(positions),
        },
        plan_anew=True,
    )


def draws(seed: int, where: Span) -> Iterator[int]:
    """Positions of a span in the order in which a seed draws them, each once, until DRAWS_MAX draws or all are drawn.

    The n-th draw, n from 0, is the first position plus SHA-256 of "seed:n" in decimal, as a number from its most
    significant byte, modulo how many positions there are. Anybody can draw the same with any program.
    """
    drawn: set[int] = set()
    for number in range(DRAWS_MAX if where.count else 0):
        digest = hashlib.sha256(f"{seed}:{number}".encode("ascii")).digest()
        position = where.after + 1 + int.from_bytes(digest) % where.count
        if position not in drawn:
            drawn.add(position)
            yield position
        if len(drawn) == where.count:
            return


async def sample(connection: Connection, topic: str | None, where: Span, *, seed: int, size: int) -> list[EventRow]:
    """The first `size` events of this topic that the seed draws, in the order of the draws; fewer if it is rare."""
    found: list[EventRow] = []
    positions = list(draws(seed, where))
    for first in range(0, len(positions), _AT_ONCE):
        some = positions[first : first + _AT_ONCE]
        rows = await many(
            connection,
            EventRow,
            f"SELECT {_COLUMNS} FROM unnest(%(positions)s::bigint[]) WITH ORDINALITY AS p(position, nth)"
            " CROSS JOIN LATERAL log.events_between(p.position - 1, p.position)"
            " WHERE %(topic)s::text IS NULL OR topic = %(topic)s ORDER BY nth LIMIT %(limit)s",
            {"positions": some, "topic": topic, "limit": size - len(found)},
        )
        found += rows
        if len(found) >= size:
            break
    return found
