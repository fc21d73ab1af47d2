"""Where in the log the events of an account, a request or a cause are, as far as the trail has been laid."""

from uuid import UUID

from queries.positions import follower_position
from queries.rows import Connection


async def positions_of(connection: Connection, name: UUID, after: int, upto: int, limit: int) -> list[int]:
    """The first in `(after, upto]`. What a client calls a request may name others: compare it with the event's."""
    cursor = await connection.execute(
        "SELECT position FROM read.trail WHERE name = %(name)s AND position > %(after)s AND position <= %(upto)s"
        " ORDER BY position LIMIT %(limit)s",
        {"name": name, "after": after, "upto": upto, "limit": limit},
    )
    return [position for (position,) in await cursor.fetchall()]


async def laid_to(connection: Connection) -> int:
    """Up to here every event is on the trail."""
    return await follower_position(connection, "trail")
