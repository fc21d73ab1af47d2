"""Replays of read models: how far they are, what they certified, and the rows of those that are kept for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from queries.rows import Connection, many, one
from queries.scope import Page, behind

# Each replay is a copy of read models, so there may be so many at a time that are not over or are kept.
REPLAYS_MAX: Final = 6

_ORDER: Final = """
    WITH made AS (
        INSERT INTO ops.replay (replay_id, asked_by, asked_until, upto, keep)
        SELECT %(replay_id)s, %(asked_by)s, %(asked_until)s, %(upto)s, %(keep)s
         WHERE (SELECT count(*) FROM ops.replay AS r
                 WHERE (state IN ('waiting', 'running') OR kept_until > clock_timestamp())
                   AND NOT EXISTS (SELECT FROM board.task AS t WHERE t.task_id = r.replay_id AND t.state = 'parked')
               ) < %(most)s
        ON CONFLICT DO NOTHING RETURNING replay_id
    ), parts AS (
        INSERT INTO ops.replay_part (replay_id, projection, number)
        SELECT replay_id, name, number FROM made, unnest(%(names)s::text[]) WITH ORDINALITY AS p(name, number)
    ), task AS (
        INSERT INTO board.task (task_id, kind, arguments)
        SELECT replay_id, 'replay', jsonb_build_object('replay_id', replay_id) FROM made
         WHERE %(as_task)s
    )
    SELECT replay_id FROM made
"""
_COLUMNS: Final = (
    "replay_id AS id, asked_until, upto, keep, state, created_at, finished_at, kept_until, error,"
    " ARRAY(SELECT projection FROM ops.replay_part AS p WHERE p.replay_id = r.replay_id ORDER BY number) AS projections"
)


@dataclass(frozen=True, slots=True)
class ReplayOrder:
    """`upto` is the last position; None compares with the live read models where they are.

    Without `as_task` no worker does it, but whoever orders it.
    """

    replay_id: UUID
    asked_by: UUID | None
    projections: Sequence[str]
    asked_until: str | None
    upto: int | None
    keep: bool
    as_task: bool = True


@dataclass(frozen=True, slots=True)
class ReplayRow:
    id: UUID
    asked_until: str | None
    upto: int | None
    keep: bool
    state: str
    created_at: datetime
    finished_at: datetime | None
    kept_until: datetime | None
    error: str | None
    projections: list[str]


@dataclass(frozen=True, slots=True)
class PartRow:
    """`upto` is where it goes; `tables` what it certifies, None until it is finished."""

    projection: str
    position: int
    upto: int
    seconds: float
    tables: list[dict[str, Any]] | None


async def order_replay(connection: Connection, order: ReplayOrder) -> bool:
    """False if there are too many, or one of this id already."""
    parameters = {
        "replay_id": order.replay_id,
        "asked_by": order.asked_by,
        "asked_until": order.asked_until,
        "upto": order.upto,
        "keep": order.keep,
        "as_task": order.as_task,
        "names": list(order.projections),
        "most": REPLAYS_MAX,
    }
    cursor = await connection.execute(_ORDER, parameters)
    return await cursor.fetchone() is not None


async def replay(connection: Connection, replay_id: UUID) -> ReplayRow | None:
    return await one(
        connection,
        ReplayRow,
        f"SELECT {_COLUMNS} FROM ops.replay AS r WHERE replay_id = %(replay_id)s",
        {"replay_id": replay_id},
    )


async def let_go_of_oldest(connection: Connection, asked_by: UUID) -> bool:
    """Of what somebody has asked for and is kept, the oldest is kept no longer. False if there is none."""
    cursor = await connection.execute(
        "UPDATE ops.replay SET kept_until = clock_timestamp() WHERE replay_id = ("
        " SELECT replay_id FROM ops.replay WHERE asked_by = %(asked_by)s AND kept_until > clock_timestamp()"
        "  ORDER BY kept_until, replay_id LIMIT 1) RETURNING replay_id",
        {"asked_by": asked_by},
    )
    return await cursor.fetchone() is not None


async def replay_up_to(connection: Connection, projection: str, upto: int) -> ReplayRow | None:
    """One of this read model that has, or will have, kept rows as of a position: the one that is kept longest."""
    return await one(
        connection,
        ReplayRow,
        f"SELECT {_COLUMNS} FROM ops.replay AS r"
        " WHERE keep AND upto = %(upto)s"
        "   AND (state IN ('waiting', 'running') OR kept_until > clock_timestamp() + interval '1 minute')"
        "   AND EXISTS (SELECT FROM ops.replay_part AS p"
        "                WHERE p.replay_id = r.replay_id AND p.projection = %(projection)s)"
        "   AND NOT EXISTS (SELECT FROM board.task AS t WHERE t.task_id = r.replay_id AND t.state = 'parked')"
        " ORDER BY state = 'finished' DESC, kept_until DESC NULLS LAST, replay_id LIMIT 1",
        {"projection": projection, "upto": upto},
    )


async def replays(connection: Connection, page: Page) -> list[ReplayRow]:
    """Newest first."""
    return await many(
        connection,
        ReplayRow,
        f"SELECT {_COLUMNS} FROM ops.replay AS r WHERE true" + behind("replay_id"),
        page.parameters(),
    )


async def replay_parts(connection: Connection, replay_id: UUID) -> list[PartRow]:
    return await many(
        connection,
        PartRow,
        "SELECT p.projection, p.position, coalesce(r.upto, CASE WHEN p.tables IS NULL THEN f.position END, p.position)"
        "       AS upto, p.seconds, p.tables"
        "  FROM ops.replay_part AS p JOIN ops.replay AS r USING (replay_id)"
        "  LEFT JOIN ops.follower AS f ON f.name = p.projection WHERE replay_id = %(replay_id)s ORDER BY number",
        {"replay_id": replay_id},
    )


async def replayed_rows(
    connection: Connection,
    replay_id: UUID,
    table: str,
    *,
    skip: int,
    limit: int,
    column: str | None = None,
    value: str | None = None,
) -> list[dict[str, Any]]:
    """Rows of a kept replay in the order of their keys. They do not change, so counting them is a stable cursor.

    With `column` only rows that have this `value` in it, as JSON would write it.
    """
    schema = f"replay_{replay_id.hex}"
    cursor = await connection.execute(
        "SELECT attname::text FROM pg_index AS i"
        " CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(at, n)"
        " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.at"
        " WHERE i.indrelid = to_regclass(%s) AND i.indisprimary ORDER BY k.n",
        (f"{schema}.{table}",),
    )
    keys = [sql.Identifier(name) for (name,) in await cursor.fetchall()]
    query = sql.SQL(
        "SELECT to_jsonb(t) FROM {} AS t WHERE %(column)s::text IS NULL OR to_jsonb(t)->>%(column)s = %(value)s"
        " ORDER BY {} LIMIT %(limit)s OFFSET %(skip)s"
    )
    cursor = await connection.execute(
        query.format(sql.Identifier(schema, table), sql.SQL(", ").join(keys)),
        {"column": column, "value": value, "limit": limit, "skip": skip},
    )
    return [row for (row,) in await cursor.fetchall()]
