"""What operators look at: the task board and the followers of the log."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.paging import Listed, ThePage, listed
from api.problems import errors
from queries.followers import FollowerRow, followers
from queries.tasks import TaskRow, tasks

router = APIRouter(prefix="/admin", tags=["admin"])


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


class FollowerView(BaseModel):
    name: str
    position: int
    head: int
    lag_events: int
    lag_seconds: float
    updated_at: datetime
    error: str | None
    error_position: int | None


@router.get(
    "/tasks", response_model=Listed[TaskView], responses=errors(401, 403), summary="The task board, newest first"
)
async def list_tasks(
    _: SignedIn, edge: TheEdge, page: ThePage, state: Literal["due", "running", "done", "parked"] | None = None
) -> Response:
    async with edge.house.reads.connection() as connection:
        rows = await tasks(connection, page, state)
    return _json(listed(rows, page, _task))


@router.get(
    "/projections",
    response_model=Listed[FollowerView],
    responses=errors(401, 403),
    summary="Followers and how far they are",
)
async def list_projections(_: SignedIn, edge: TheEdge) -> Response:
    async with edge.house.reads.connection() as connection:
        rows = await followers(connection)
    return _json(Listed(items=[_follower(row) for row in rows]))


def _task(row: TaskRow) -> TaskView:
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
    )


def _follower(row: FollowerRow) -> FollowerView:
    return FollowerView(
        name=row.name,
        position=row.position,
        head=row.head,
        lag_events=row.head - row.position,
        lag_seconds=row.lag_seconds,
        updated_at=row.updated_at,
        error=row.error,
        error_position=row.error_position,
    )


def _json(view: BaseModel) -> Response:
    return Response(view.model_dump_json(), 200, media_type="application/json")
