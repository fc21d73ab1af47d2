"""How far the log goes, and how far a follower has read it."""

from queries.rows import Connection


async def head(connection: Connection) -> int:
    cursor = await connection.execute("SELECT coalesce(max(notification_id), 0) FROM log.events")
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def follower_position(connection: Connection, name: str) -> int:
    """0 for a follower that has never run."""
    cursor = await connection.execute("SELECT position FROM ops.follower WHERE name = %s", (name,))
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
