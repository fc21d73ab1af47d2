"""`travellr replay` on a terminal: a bar for each read model, then what it certifies, and what differs."""

import asyncio
import gc
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from infrastructure.audit.replay_run import Pace, advance, replay_connection
from infrastructure.audit.replay_tables import clean_up
from infrastructure.database import async_connect
from infrastructure.new_id import new_id
from infrastructure.rebuild import RebuildRefused, projection_named
from projections.catalogue import PROJECTIONS
from queries.known_then import position_known
from queries.replays import PartRow, ReplayOrder, ReplayRow, order_replay, replay, replay_parts


def run(url: str, names: Sequence[str], *, every: bool, until: str | None, rate: int, as_json: bool) -> int:
    """The exit code: 0 if nothing differs, 1 if a row does or the log cannot be replayed, 2 for a senseless request."""
    console = Console(soft_wrap=True, highlight=False)
    wanted = tuple(PROJECTIONS) if every else tuple(names)
    if not wanted or (every and names):
        console.print(f"Name a read model, or --all. There are: {', '.join(PROJECTIONS)}.")
        return 2
    try:
        point = _point(until)
        projections = [projection_named(name).name for name in wanted]
    except (RebuildRefused, ValueError) as refused:
        console.print(str(refused), markup=False)
        return 2
    gc.freeze()
    replay_id = new_id()
    with replay_connection(url) as database, _bars() as bars:
        clean_up(database)
        if not asyncio.run(_ordered(url, replay_id, projections, until, point)):
            console.print("Too many replays are under way or kept; wait until one is over.")
            return 2
        advance(database, replay_id, Pace(rate), bars.told)
    row, parts = asyncio.run(_done(url, replay_id))
    _say(console, row, parts, as_json=as_json)
    return 0 if row.state == "finished" and not _differing(parts) else 1


def _point(text: str | None) -> int | datetime | None:
    if text is None or (text.isascii() and text.isdigit()):
        return None if text is None else int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("--until: give a position, or an instant with its time zone, like 2026-07-01T09:00:00Z.")
    return moment


async def _ordered(
    url: str, replay_id: UUID, projections: list[str], until: str | None, point: int | datetime | None
) -> bool:
    async with await async_connect(url, name="replay-order") as connection:
        upto = None if point is None else await position_known(connection, point)
        order = ReplayOrder(replay_id, None, projections, until, upto, keep=False, as_task=False)
        return await order_replay(connection, order)


async def _done(url: str, replay_id: UUID) -> tuple[ReplayRow, list[PartRow]]:
    connection: AsyncConnection[Any]
    async with await async_connect(url, name="replay-done") as connection:
        row = await replay(connection, replay_id)
        assert row is not None
        return row, await replay_parts(connection, replay_id)


class _Bars(Progress):
    """A bar for each read model, made when it is begun; on stderr, so that stdout has the certificate only."""

    def told(self, name: str, position: int, upto: int) -> None:
        tasks: dict[str, TaskID] = {task.description: task.id for task in self.tasks}
        task = tasks[name] if name in tasks else self.add_task(name, total=None)
        self.update(task, completed=position, total=upto)


def _bars() -> _Bars:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return _Bars(*columns, console=Console(stderr=True))


def _say(console: Console, row: ReplayRow, parts: Sequence[PartRow], *, as_json: bool) -> None:
    if as_json:
        certificates = [
            {"projection": p.projection, "position": p.position, "seconds": p.seconds, "tables": p.tables}
            for p in parts
        ]
        told = {"id": str(row.id), "status": row.state, "until": row.asked_until, "error": row.error}
        sys.stdout.write(json.dumps(told | {"certificates": certificates}, indent=2) + "\n")
        return
    for part in parts:
        rate = part.position / part.seconds if part.seconds else 0
        console.print(
            f"{part.projection} at {part.position:,}: {part.seconds:.1f} s, {rate:,.0f} events/s", markup=False
        )
        for table in part.tables or ():
            _say_table(console, table)
    if row.error:
        console.print(row.error, style="red", markup=False)


def _say_table(console: Console, table: dict[str, Any]) -> None:
    sums = ", ".join(f"{s['column']} {s['minor']} {s['currency'] or ''}".strip() for s in table["sums"])
    compared = {None: "not compared", 0: "equals the live one"}.get(table["differing"], f"{table['differing']} differ")
    console.print(f"  {table['table']}: {table['rows']:,} rows, {compared}; {table['sha256']}", markup=False)
    if sums:
        console.print(f"    {sums}", markup=False)
    for found in table["differences"]:
        told = ", ".join(f"{name}: live {c['live']!r}, log {c['log']!r}" for name, c in found["columns"].items())
        console.print(f"    {found['key']}: {told}", style="red", markup=False)


def _differing(parts: Sequence[PartRow]) -> int:
    return sum(table["differing"] or 0 for part in parts for table in part.tables or ())
