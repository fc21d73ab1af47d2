"""What the log knew at a moment: the position of an instant, and the events of a stream up to a position.

An instant means what was recorded by then (`recorded_at`, the real clock), not what the business clock said. A position
is exact.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from queries.events import EventRow
from queries.positions import head
from queries.rows import Connection, many


async def position_known(connection: Connection, point: int | datetime | None) -> int:
    """The newest position at an instant or up to a position: never beyond the head of the log, which None means."""
    if isinstance(point, datetime):
        cursor = await connection.execute("SELECT log.position_at(%s)", (point,))
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])
    newest = await head(connection)
    return newest if point is None else min(point, newest)


async def events_of_streams(connection: Connection, streams: Sequence[UUID], upto: int) -> list[EventRow]:
    """All events of these streams up to a position, in the order of the log."""
    return await many(
        connection,
        EventRow,
        "SELECT notification_id AS position, originator_id AS stream, originator_version AS version, topic, state,"
        " metadata, recorded_at FROM log.events_of(%(streams)s) WHERE notification_id <= %(upto)s"
        " ORDER BY notification_id",
        {"streams": list(streams), "upto": upto},
    )
