"""A task of the board, and money that is stuck: what happens next, and one safe thing to do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from domain.intervention import Intervention
from queries.stuck_money import StuckRow
from queries.stuck_words import action_of, next_of
from queries.tasks import TaskRow


class ActionView(BaseModel):
    label: str
    method: str
    path: str


class TaskView(BaseModel):
    id: UUID
    kind: str
    arguments: dict[str, Any]
    caused_by: int | None
    state: str
    due_at: datetime
    attempts: int
    last_error: str | None
    created_at: datetime
    done_at: datetime | None
    age_seconds: int
    amount: MoneyView | None
    next: str
    action: ActionView | None


class StuckView(BaseModel):
    kind: str
    about: UUID
    since: datetime
    age_seconds: int
    amount: MoneyView | None
    why: str | None
    next: str
    action: ActionView | None
    task_id: UUID | None


def as_ordered(row: TaskRow) -> Callable[[Intervention], TaskView]:
    """The task as it will stand in a moment: the order is in the log, and the board follows the log."""

    def view(intervention: Intervention) -> TaskView:
        state = "due" if intervention.what == "retry" else "parked"
        shown = task_view(row)
        return shown.model_copy(update={"state": state, "next": _next(state, row), "action": _action(state, row.id)})

    return view


def task_view(row: TaskRow) -> TaskView:
    return TaskView(
        id=row.id,
        kind=row.kind,
        arguments=row.arguments,
        caused_by=row.caused_by,
        state=row.state,
        due_at=row.due_at,
        attempts=row.attempts,
        last_error=row.last_error,
        created_at=row.created_at,
        done_at=row.done_at,
        age_seconds=row.age_seconds,
        amount=_amount(row.amount_minor, row.currency),
        next=_next(row.state, row),
        action=_action(row.state, row.id),
    )


def _next(state: str, row: TaskRow) -> str:
    match state:
        case "due":
            return f"It is tried at {row.due_at:%Y-%m-%d %H:%M:%S} UTC, or soon after."
        case "running":
            return "It is being done now."
        case "parked":
            return "Nothing, until somebody has it tried again."
        case _:
            return "Nothing: it is done."


def _action(state: str, task_id: UUID) -> ActionView | None:
    """The safe thing to do: a retry looks at what was done before it does anything."""
    if state not in {"due", "parked"}:
        return None
    return ActionView(label="Try it now", method="POST", path=f"/admin/tasks/{task_id}/retry")


def stuck_view(row: StuckRow) -> StuckView:
    action = action_of(row)
    return StuckView(
        kind=row.kind,
        about=row.about,
        since=row.since,
        age_seconds=row.age_seconds,
        amount=_amount(row.amount_minor, row.currency),
        why=row.why,
        next=next_of(row),
        action=ActionView(label=action.label, method=action.method, path=action.path) if action else None,
        task_id=row.task_id,
    )


def _amount(minor: int | None, currency: str | None) -> MoneyView | None:
    return None if minor is None or currency is None else money(minor, currency)
