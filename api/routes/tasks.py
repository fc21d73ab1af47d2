"""The task board, for operators: what is to be done outside, what is stuck, and to take a task in hand."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.paging import LIMIT_MAX, Listed, ThePage, listed
from api.problems import errors
from api.views.task import StuckView, TaskView, as_ordered, stuck_view, task_view
from commands.intervene import Intervene
from domain.intervention import What
from domain.refusal import NotFound
from infrastructure.new_id import new_id
from queries.stuck_money import stuck_money
from queries.tasks import task, tasks

router = APIRouter(prefix="/admin", tags=["admin"])

State = Literal["due", "running", "done", "parked"]


@router.get(
    "/tasks", response_model=Listed[TaskView], responses=errors(401, 403), summary="The task board, newest first"
)
async def list_tasks(_: SignedIn, edge: TheEdge, page: ThePage, state: State | None = None) -> Response:
    async with edge.house.reads.connection() as connection:
        rows = await tasks(connection, page, state)
    return _json(listed(rows, page, task_view))


@router.get(
    "/stuck-money",
    response_model=Listed[StuckView],
    responses=errors(401, 403),
    summary="Money that is stuck, oldest first: what happens next, and one safe thing to do",
)
async def list_stuck_money(
    _: SignedIn, edge: TheEdge, limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50
) -> Response:
    async with edge.house.reads.connection() as connection:
        rows = await stuck_money(connection, limit)
    return _json(Listed(items=[stuck_view(row) for row in rows]))


@router.post(
    "/tasks/{task_id}/retry",
    response_model=TaskView,
    responses=errors(401, 403, 404, 409),
    summary="Have a task done again now; what it sent before is looked up first",
)
async def retry_task(desk: TheDesk, task_id: UUID) -> Response:
    return await _intervened(desk, task_id, "retry")


@router.post(
    "/tasks/{task_id}/park",
    response_model=TaskView,
    responses=errors(401, 403, 404, 409),
    summary="Put a task aside until somebody retries it",
)
async def park_task(desk: TheDesk, task_id: UUID) -> Response:
    return await _intervened(desk, task_id, "park")


async def _intervened(desk: TheDesk, task_id: UUID, what: What) -> Response:
    async with desk.edge.house.reads.connection() as connection:
        row = await task(connection, task_id)
    if row is None:
        raise NotFound
    command = Intervene(new_id(), task_id, what, is_done=row.state == "done")
    return await desk.carry_out(command, HTTPStatus.OK, as_ordered(row), versioned=False)


def _json(view: BaseModel) -> Response:
    return Response(view.model_dump_json(), 200, media_type="application/json")
