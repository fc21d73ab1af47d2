"""`travellr followers`: how far each has read, who leads it, and why it stands still."""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass

from psycopg import AsyncConnection
from rich.console import Console
from rich.table import Table
from rich.text import Text

from projections.catalogue import FOLLOWERS
from queries.followers import followers
from queries.rows import Connection, many

_LEADERS = """
    SELECT n.name, l.pid, a.application_name, host(a.client_addr) AS host,
           (SELECT count(*) FROM pg_stat_activity AS s
             WHERE s.datname = current_database() AND s.application_name = 'travellr-follower-' || n.name
               AND s.pid IS DISTINCT FROM l.pid) AS standbys
      FROM unnest(%(names)s::text[]) AS n(name)
      LEFT JOIN pg_locks AS l
        ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
       AND l.classid = (hashtext('travellr.follower')::bigint & 4294967295)::oid
       AND l.objid = (hashtext(n.name)::bigint & 4294967295)::oid
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
"""


@dataclass(frozen=True, slots=True)
class Leader:
    """Who holds the lock of a follower, as PostgreSQL knows it; nobody if `pid` is None."""

    name: str
    pid: int | None
    application_name: str | None
    host: str | None
    standbys: int


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    position: int
    lag_events: int
    lag_seconds: float | None  # None: it has never run.
    state: str  # following, stopped, "nobody leads"
    standbys: int
    leader: str | None
    error_position: int | None
    error: str | None


def lines(url: str) -> list[Line]:
    """Every follower there must be, and those that have been, as the owner's connection sees them."""
    return asyncio.run(_lines(url))


async def _lines(url: str) -> list[Line]:
    async with await AsyncConnection.connect(url, autocommit=True, application_name="travellr-cli") as connection:
        rows = {row.name: row for row in await followers(connection)}
        names = [*FOLLOWERS, *(name for name in rows if name not in FOLLOWERS)]
        leaders = {leader.name: leader for leader in await _leaders(connection, names)}
        head = max((row.head for row in rows.values()), default=0)
    found = []
    for name in names:
        row, leader = rows.get(name), leaders[name]
        who = None if leader.pid is None else f"{leader.application_name} (pid {leader.pid})"
        error = row.error if row else None
        state = "stopped" if error else "following" if who else "nobody leads"
        found.append(
            Line(
                name,
                row.position if row else 0,
                row.head - row.position if row else head,
                round(row.lag_seconds, 3) if row else None,
                state,
                leader.standbys,
                who,
                row.error_position if row else None,
                error,
            )
        )
    return found


async def _leaders(connection: Connection, names: list[str]) -> list[Leader]:
    return await many(connection, Leader, _LEADERS, {"names": names})


def render(found: list[Line], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([asdict(line) for line in found], indent=2) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("follower")
    for title in ("position", "lag, events", "lag, s"):
        table.add_column(title, justify="right")
    for title in ("state", "led by", "standbys"):
        table.add_column(title)
    for line in found:
        why = f" at {line.error_position}: {line.error}" if line.error else ""
        state = Text(line.state + why, style="green" if line.state == "following" else "bold red")
        numbers = (
            f"{line.position:,}",
            f"{line.lag_events:,}",
            "-" if line.lag_seconds is None else f"{line.lag_seconds:.1f}",
        )
        table.add_row(line.name, *numbers, state, line.leader or "-", str(line.standbys))
    Console().print(table)
