"""`travellr tasks` and `travellr money stuck`: the board and what is stuck, and to take a task in hand."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.append import Meta
from commands.intervene import Intervene
from domain.actor import SYSTEM
from domain.intervention import What
from domain.money import exponent
from domain.refusal import NotFound, WrongState
from infrastructure.container import container
from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError
from queries.rows import Connection
from queries.scope import Page
from queries.stuck_money import StuckRow, stuck_money
from queries.stuck_words import action_of, next_of
from queries.tasks import TaskRow, task, tasks

T = TypeVar("T")
SHOWN_MAX: Final = 200


def list_tasks(settings: Settings, *, state: str | None, as_json: bool) -> int:
    """Those that are not done, newest first, or those in `state`. The exit code is 1 when one is parked."""
    rows = _asked(settings, lambda connection: tasks(connection, Page(SHOWN_MAX), state))
    shown = [row for row in rows if state is not None or row.state != "done"]
    if as_json:
        _print_json([{"id": row.id, "kind": row.kind, "state": row.state, "error": row.last_error} for row in shown])
    else:
        _print_tasks(shown)
    return 1 if any(row.state == "parked" for row in shown) else 0


def list_stuck_money(settings: Settings, *, as_json: bool) -> int:
    """The exit code is 1 when some is stuck."""
    rows = _asked(settings, lambda connection: stuck_money(connection, SHOWN_MAX))
    if as_json:
        _print_json([_as_dict(row) for row in rows])
    else:
        _print_stuck(rows)
    return 1 if rows else 0


def intervene(settings: Settings, task_id: UUID, what: What) -> None:
    """Have a task done again, or put it aside. Raises SettingsError, one sentence, for what cannot be."""
    try:
        asyncio.run(_intervene(settings, task_id, what))
    except NotFound:
        raise SettingsError(f"There is no task {task_id}.") from None
    except WrongState as refusal:
        raise SettingsError(refusal.detail) from None


async def _intervene(settings: Settings, task_id: UUID, what: What) -> None:
    async with container(settings, name="tasks", connections=1) as house:
        async with house.reads.connection() as connection:
            row = await task(connection, task_id)
        if row is None:
            raise NotFound
        command = Intervene(uuid4(), task_id, what, is_done=row.state == "done")
        await house.dispatch(command, meta=Meta(SYSTEM, "Intervene", f"travellr tasks {what} {task_id}"))


def _asked(settings: Settings, question: Callable[[Connection], Awaitable[T]]) -> T:
    async def ask() -> T:
        async with (
            container(settings, name="tasks", connections=1) as house,
            house.reads.connection() as connection,
        ):
            return await question(connection)

    return asyncio.run(ask())


def _print_tasks(rows: Sequence[TaskRow]) -> None:
    table = Table("task", "kind", "state", "age", "attempts", "amount", "last error", box=None, pad_edge=False)
    for row in rows:
        style = "bold red" if row.state == "parked" else ""
        table.add_row(
            str(row.id),
            row.kind,
            Text(row.state, style=style),
            _age(row.age_seconds),
            str(row.attempts),
            _amount(row.amount_minor, row.currency),
            Text(row.last_error or ""),
        )
    Console(soft_wrap=True).print(table if rows else "Nothing is to be done.")


def _print_stuck(rows: Sequence[StuckRow]) -> None:
    table = Table("what", "about", "age", "amount", "why", "what happens next", "safe action", box=None, pad_edge=False)
    for row in rows:
        action = action_of(row)
        table.add_row(
            row.kind.replace("_", " "),
            str(row.about),
            _age(row.age_seconds),
            _amount(row.amount_minor, row.currency),
            Text(row.why or ""),
            next_of(row),
            f"{action.label}: {action.method} {action.path}" if action else "",
        )
    Console(soft_wrap=True).print(table if rows else "No money is stuck.")


def _as_dict(row: StuckRow) -> dict[str, Any]:
    action = action_of(row)
    return {
        "kind": row.kind,
        "about": row.about,
        "since": row.since,
        "age_seconds": row.age_seconds,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "why": row.why,
        "next": next_of(row),
        "action": f"{action.method} {action.path}" if action else None,
    }


def _print_json(items: list[dict[str, Any]]) -> None:
    sys.stdout.write(json.dumps(items, indent=2, default=str) + "\n")


def _age(seconds: int) -> str:
    return str(timedelta(seconds=seconds))


def _amount(minor: int | None, currency: str | None) -> str:
    if minor is None or currency is None:
        return ""
    decimals = exponent(currency)
    sign, digits = "-" if minor < 0 else "", f"{abs(minor):0{decimals + 1}d}"
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]} {currency}" if decimals else f"{sign}{digits} {currency}"
