"""Where in the log the events of an account, a request or a cause are, as far as the trail has been laid."""

from uuid import UUID

from queries.positions import follower_position
from queries.rows import Connection


async def laid_to(connection: Connection) -> int:
    """Up to here every event is on the trail."""
    return await follower_position(connection, "trail")


async def to_look_at(
    connection: Connection, name: UUID, laid: int, after: int, upto: int, *, limit: int, not_laid_max: int
) -> tuple[list[int], int]:
    """Positions in `(after, upto]` whose events may be of this name, and up to where these are all.

    On the trail, which is laid up to `laid`, the first `limit`; what has happened since is a moment's worth, and
    `not_laid_max` of it are looked at whosesoever they are. What a client calls a request may name others on the trail:
    compare it with the event's.
    """
    cursor = await connection.execute(
        "SELECT position FROM read.trail WHERE name = %(name)s AND position > %(after)s AND position <= %(upto)s"
        " ORDER BY position LIMIT %(limit)s",
        {"name": name, "after": after, "upto": min(upto, laid), "limit": limit},
    )
    positions = [position for (position,) in await cursor.fetchall()]
    if len(positions) == limit:
        return positions, positions[-1]
    begin = max(after, laid)
    end = min(upto, begin + not_laid_max)
    return [*positions, *range(begin + 1, end + 1)], end
