"""How far a follower is, how long the log, and what the vendors' follower has made of it."""

from tests.integration.world import World


def position_of(world: World, name: str) -> int:
    rows = world.rows("SELECT position FROM ops.follower WHERE name = %s", name)
    return rows[0][0] if rows else 0


def head(world: World) -> int:
    at: int = world.row("SELECT coalesce(max(notification_id), 0) FROM log.events")[0]
    return at


def vendors(world: World) -> int:
    count: int = world.row("SELECT count(*) FROM read.vendor")[0]
    return count
