"""`travellr reconcile`: have the books compared with Stripe now, and show what does not agree."""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from rich.console import Console

from commands.append import Meta
from commands.reconcile import StartReconciliation
from domain.actor import SYSTEM
from domain.words import said_amount
from infrastructure.container import container
from infrastructure.database import async_connect
from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError
from queries.reconciliation import Counts, PairRow, WaitingRow, counts, latest_run, pairs, waiting

PATIENCE_S: Final = 120.0
LOOK_EVERY_S: Final = 0.1
SHOWN_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What agrees, what does not, and what clearing and suspense still hold."""

    counts: Counts
    items: list[PairRow]
    clearing: list[WaitingRow]

    @property
    def holds(self) -> bool:
        return not (self.items or self.clearing)


def run(settings: Settings, *, as_json: bool) -> int:
    """The exit code: 0 if both sides agree and clearing and suspense are 0, 1 if not."""
    report = asyncio.run(_report(settings))
    if as_json:
        sys.stdout.write(json.dumps({"holds": report.holds, **asdict(report)}, indent=2, default=str) + "\n")
    else:
        _render(Console(soft_wrap=True, highlight=False), report)
    return 0 if report.holds else 1


async def _report(settings: Settings) -> Report:
    url = settings.database_url
    assert url is not None
    run_id = uuid4()
    async with container(settings, name="reconcile", connections=1) as house:
        await house.dispatch(StartReconciliation(run_id), meta=Meta(SYSTEM, "StartReconciliation", f"cli:{run_id}"))
    async with await async_connect(url, name="cli") as connection:
        await _finished(connection, run_id)
        return Report(
            await counts(connection),
            await pairs(connection, state=None, after=None, limit=SHOWN_MAX),
            await waiting(connection, SHOWN_MAX),
        )


async def _finished(connection: AsyncConnection, run_id: UUID) -> None:
    """Wait until a worker has done it. Raises SettingsError, one sentence, if none does."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        latest = await latest_run(connection, run_id)
        if latest is not None and latest.finished_at is not None:
            return
        if time.monotonic() > deadline:
            raise SettingsError("No worker has done it: is `travellr up` running, and does Stripe answer?")
        await asyncio.sleep(LOOK_EVERY_S)


def _render(console: Console, report: Report) -> None:
    for item in report.items:
        ours = "nothing" if item.ours_minor is None else said_amount(item.ours_minor, item.currency)
        theirs = "nothing" if item.theirs_minor is None else said_amount(item.theirs_minor, item.currency)
        state = item.state.replace("_", " ")
        console.print(f"{state:12} {item.reference}  ours {ours}, Stripe's {theirs}", markup=False)
    for row in report.clearing:
        amount = said_amount(row.minor, row.currency)
        console.print(f"{row.account:12} {amount} since {row.since:%Y-%m-%d %H:%M} ({row.topic}, {row.stream_id})")
    found = report.counts
    console.print(
        f"{found.matched} balance transactions agree, {found.different} differ,"
        f" {found.ours_only} only we know, {found.theirs_only} only Stripe knows."
    )
