"""Jobs that let go of rows nobody needs any more. The log and the answers to idempotency keys are never among them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from infrastructure.housekeeping.job import House, Job
from infrastructure.sessions import IDLE_MAX
from infrastructure.settings import Settings

ROWS_AT_ONCE: Final = 1_000

# Done and old; what is due, running or parked stays however old it is. `react` must have read beyond its cause, or it
# would make the task again. The condition on `created_at` says nothing new: it is what an index knows.
_TASKS: Final = """
    board.task WHERE state = 'done' AND done_at < clock_timestamp() - %(kept)s::interval
       AND created_at < clock_timestamp() - %(kept)s::interval
       AND (caused_by IS NULL OR caused_by <= (SELECT position FROM ops.follower WHERE name = 'react'))
"""
_DELIVERIES: Final = """
    webhook.delivery WHERE state <> 'pending' AND done_at < clock_timestamp() - %(kept)s::interval
"""
_MAILBOX: Final = "people.mailbox WHERE sent_at < clock_timestamp() - %(kept)s::interval"
_SESSIONS: Final = "ops.session WHERE ended_at < clock_timestamp() - %(kept)s::interval"
_DEVICES: Final = "people.device WHERE seen_at < clock_timestamp() - %(kept)s::interval"
_HEARTBEATS: Final = "ops.heartbeat WHERE seen_at < clock_timestamp() - %(kept)s::interval"
_IDLE: Final = f"ops.session WHERE ended_at IS NULL AND used_at < clock_timestamp() - interval '{IDLE_MAX}'"

# Whoever else changes such a row just now is not waited for, and changes it first: it is looked at again when locked.
_CHOSEN: Final = "ctid = ANY (ARRAY(SELECT ctid FROM {rows} LIMIT %(most)s FOR UPDATE SKIP LOCKED))"

Kept = Callable[[Settings], str | None]


def _found(house: House, *, rows: str, kept: Kept) -> int:
    row = house.database.execute(f"SELECT count(*) FROM {rows}".encode(), {"kept": kept(house.settings)}).fetchone()
    assert row is not None
    count: int = row[0]
    return count


def _each(house: House, statement: str, values: dict[str, Any]) -> Iterator[int]:
    """The statement again and again, until it concerns no row any more."""
    while changed := house.database.execute(statement.encode(), {**values, "most": ROWS_AT_ONCE}).rowcount:
        yield changed


def _let_go(house: House, *, rows: str, kept: Kept) -> Iterator[int]:
    table = rows.split(maxsplit=1)[0]
    return _each(house, f"DELETE FROM {table} WHERE {_CHOSEN.format(rows=rows)}", {"kept": kept(house.settings)})


def _old(name: str, does: str, rows: str, kept: Kept) -> Job:
    """A job that deletes such rows; none where `kept` says None: they stay for ever."""
    asked = f"{rows} AND %(kept)s::text IS NOT NULL"
    return Job(name, does, partial(_found, rows=asked, kept=kept), partial(_let_go, rows=asked, kept=kept))


def _end_idle(house: House) -> Iterator[int]:
    return _each(house, f"UPDATE ops.session SET ended_at = clock_timestamp() WHERE {_CHOSEN.format(rows=_IDLE)}", {})


TABLE_JOBS: Final = (
    Job(
        "end_sessions",
        "end sessions that were idle over 30 days",
        partial(_found, rows=_IDLE, kept=lambda _: None),
        _end_idle,
    ),
    _old("prune_tasks", "let go of old finished tasks", _TASKS, lambda s: f"{s.keep_tasks_days} days"),
    _old(
        "prune_deliveries", "let go of old webhook deliveries", _DELIVERIES, lambda s: f"{s.keep_deliveries_days} days"
    ),
    _old(
        "prune_mailbox",
        "let go of old mail of the sandbox",
        _MAILBOX,
        lambda s: f"{s.keep_mailbox_days} days" if s.sandbox else None,
    ),
    _old(
        "prune_sessions", "let go of sessions that ended long ago", _SESSIONS, lambda s: f"{s.keep_sessions_days} days"
    ),
    _old("prune_devices", "forget what was signed in with long ago", _DEVICES, lambda s: f"{s.keep_devices_days} days"),
    _old("prune_heartbeats", "forget processes that are gone", _HEARTBEATS, lambda _: "1 day"),
)
