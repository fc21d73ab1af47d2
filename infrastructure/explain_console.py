"""`travellr explain payout`: every line of a payout, in sentences, with where to look it up."""

import asyncio
import dataclasses
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from rich.console import Console

from domain.actor import Actor
from infrastructure.database import async_pool
from queries.payout_explained import (
    ExplainedLine,
    LeftOutLine,
    StepRow,
    explained_lines,
    left_out,
    payout_says,
    payout_steps,
)
from queries.payouts import PayoutRow, count_lines, payout
from queries.rows import Connection

PAGE: Final = 1_000


def run(url: str, payout_id: UUID, *, as_json: bool) -> int:
    """0, or 1 if there is no such payout. Lines are read and shown page by page."""
    return asyncio.run(_explain(url, payout_id, as_json=as_json))


async def _explain(url: str, payout_id: UUID, *, as_json: bool) -> int:
    console = Console(soft_wrap=True, highlight=False)
    pool = async_pool(url, name="explain", most=1)
    async with pool, pool.connection() as connection:
        row = await payout(connection, payout_id, Actor(None, "auditor"))
        if row is None:
            console.print(f"There is no payout {payout_id}.")
            return 1
        _show(console, row, as_json=as_json, says=payout_says(row, await count_lines(connection, payout_id)))
        for step in await payout_steps(connection, payout_id):
            _show(console, step, as_json=as_json, says=_step(step))
        await _show_lines(console, connection, payout_id, as_json=as_json)
        for line in await left_out(connection, payout_id, limit=PAGE):
            _show(console, line, as_json=as_json, says=f"  not in it: {line.kind} {line.amount_minor}, {line.reason}")
    return 0


async def _show_lines(console: Console, connection: Connection, payout_id: UUID, *, as_json: bool) -> None:
    after: tuple[datetime, UUID] | None = None
    while lines := await explained_lines(connection, payout_id, after=after, limit=PAGE):
        for line in lines:
            where = f"booking {line.booking_id}, position {line.position}, charge {line.charge_id}"
            _show(console, line, as_json=as_json, says=f"  {line.says} ({where})")
        after = lines[-1].earned_at, lines[-1].line_id


def _show(
    console: Console, row: PayoutRow | StepRow | ExplainedLine | LeftOutLine, *, as_json: bool, says: str
) -> None:
    if as_json:
        facts: dict[str, Any] = {"is": type(row).__name__, "says": says.strip(), **dataclasses.asdict(row)}
        says = msgspec.json.encode(facts).decode()
    console.print(says, markup=False)


def _step(step: StepRow) -> str:
    names = (step.transfer_id, step.stripe_payout_id, step.reversal_id, step.balance_transaction_id, step.reason)
    named = ", ".join(name for name in names if name)
    return f"  {step.at:%Y-%m-%d %H:%M} {step.topic} at position {step.position}{': ' + named if named else ''}"
