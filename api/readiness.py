"""Ready: database reachable, schema right, every follower near the head of the log, workers alive."""

import asyncio
from typing import Any, Final

import psycopg
from psycopg_pool import PoolTimeout

from api.edge import Edge
from infrastructure.migrations import SchemaMismatch, check
from projections.catalogue import FOLLOWERS
from queries.followers import FollowerRow, followers
from queries.heartbeats import Heartbeat, heartbeats

LAG_MAX_S: Final = 15.0
HEARTBEAT_MAX_S: Final = 15.0
PROCESSES: Final = ("followers", "worker")


async def examine(edge: Edge) -> dict[str, Any]:
    """`ready`, and every check by name with `ok` and what it saw."""
    checks: dict[str, dict[str, Any]] = {}
    try:
        async with edge.house.reads.connection() as connection:
            rows, beats = await followers(connection), await heartbeats(connection)
        checks["database"] = {"ok": True}
        checks["schema"] = await _schema(edge)
        checks["followers"] = _followers(rows)
        checks.update({f"{name}_process": _process(name, beats) for name in PROCESSES})
    except (psycopg.OperationalError, PoolTimeout):
        checks["database"] = {"ok": False, "reason": "cannot be reached"}
    except psycopg.errors.UndefinedTable:
        checks["schema"] = {"ok": False, "reason": SchemaMismatch().detail}
    red = sorted(name for name, seen in checks.items() if not seen["ok"])
    return {"ready": not red, "red": red, "checks": checks}


async def _schema(edge: Edge) -> dict[str, Any]:
    url = edge.house.settings.database_url
    assert url is not None
    try:
        await asyncio.to_thread(check, url)
    except SchemaMismatch as mismatch:
        return {"ok": False, "reason": mismatch.detail}
    return {"ok": True}


def _followers(rows: list[FollowerRow]) -> dict[str, Any]:
    """Green if each one that must be there has started, reads on, and is near the head."""
    seen: list[dict[str, Any]] = [
        {
            "name": row.name,
            "position": row.position,
            "lag_events": row.head - row.position,
            "lag_seconds": round(row.lag_seconds, 3),
            "error": {"position": row.error_position, "reason": row.error} if row.error else None,
            "ok": row.error is None and row.lag_seconds <= LAG_MAX_S,
        }
        for row in rows
    ]
    missing = sorted(set(FOLLOWERS) - {row.name for row in rows})
    seen += [{"name": name, "error": {"position": 0, "reason": "It has never run."}, "ok": False} for name in missing]
    return {"ok": all(follower["ok"] for follower in seen), "followers": seen}


def _process(name: str, beats: list[Heartbeat]) -> dict[str, Any]:
    """Green if one process of this kind has been seen lately."""
    ages = [beat.age_seconds for beat in beats if beat.process.startswith(name)]
    youngest = min(ages, default=None)
    return {
        "ok": youngest is not None and youngest <= HEARTBEAT_MAX_S,
        "seen_seconds_ago": None if youngest is None else round(youngest, 3),
    }
