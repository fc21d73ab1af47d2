"""`travellr explain booking`, `payment`, `stripe`, `cent`, `row` and `request`: the chain behind each, in lines."""

import asyncio
import dataclasses
from typing import Any, Final

import msgspec
from rich.console import Console

from infrastructure.database import async_pool
from queries.positions import head
from queries.trace import trace
from queries.trace_subject import Asked

_PARTS: Final = ("stripe", "events", "tasks", "postings", "payout_lines", "refused")


def run(url: str, asked: dict[str, Any], *, as_json: bool) -> int:
    """0, or 1 if nothing is known by that name."""
    return asyncio.run(_run(url, asked, as_json=as_json))


async def _run(url: str, asked: dict[str, Any], *, as_json: bool) -> int:
    console = Console(soft_wrap=True, highlight=False)
    pool = async_pool(url, name="explain", most=1)
    async with pool, pool.connection() as connection:
        told = await trace(connection, Asked(**asked), upto=await head(connection))
    if told is None:
        console.print(f"Nothing is known of {next(iter(asked.values()))}.", markup=False)
        return 1
    for part in _PARTS:
        for row in getattr(told, part):
            console.print(_as_line(part, row) if as_json else _in_words(part, row), markup=False)
    if told.is_cut:
        console.print("There is more; ask GET /audit/events.", markup=False)
    return 0


def _as_line(part: str, row: Any) -> str:
    return msgspec.json.encode({"is": part, **dataclasses.asdict(row)}).decode()


def _in_words(part: str, row: Any) -> str:
    match part:
        case "stripe":
            return f"{row.kind} {row.id} of {row.of}"
        case "events":
            return f"  {row.position} {row.recorded_at:%Y-%m-%d %H:%M:%S} {row.topic} of {row.stream}: {_who(row)}"
        case "tasks":
            return f"  task {row.task_id} {row.kind}, {row.state}, because of position {row.caused_by}"
        case "postings":
            side = f"debit {row.debit_minor}" if row.debit_minor else f"credit {row.credit_minor}"
            return f"  {row.position}/{row.line} {row.account}: {side} {row.currency} ({row.provider_ref or 'ours'})"
        case "payout_lines":
            return f"  in payout {row.payout_id}: {row.kind} {row.amount_minor} {row.currency}, line {row.line_id}"
        case _:
            return f"  {row.position} refused {row.times} time(s): {row.code}, {_who(row)}"


def _who(row: Any) -> str:
    who = f"{row.role} {row.actor}" if row.actor else str(row.role)
    return f"{row.command} by {who}, request {row.correlation_id}"
