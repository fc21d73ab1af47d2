"""Read models made once more from the log: certified, compared with the live ones or with each other, and looked at."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.fields import Body, Text, Word
from api.paging import Cursor, Limit, Listed, ThePage, listed, read_number, written
from api.points import Point
from api.problems import errors
from api.refusals import FieldError, TooManyReplays, ValidationFailed
from api.views.replay import DifferenceView, ReplayView, WholeReplay, replay_view, whole_replay
from commands.append import IdempotencyMismatch
from domain.ids import derived_id
from domain.refusal import NotFound, WrongState
from infrastructure.audit.replay_certificate import between
from infrastructure.audit.replay_streams import without_sealed
from infrastructure.audit.replay_tables import schema_of
from infrastructure.new_id import new_id
from projections.catalogue import PROJECTIONS
from queries.known_then import position_known
from queries.replays import ReplayOrder, ReplayRow, order_replay, replay, replay_parts, replayed_rows, replays

router = APIRouter(prefix="/audit/replays", tags=["audit"])

ReadModel = Literal[("all", *PROJECTIONS)]  # type: ignore[valid-type]  # The names stand in one place, not here.


class NewReplay(Body):
    projection: ReadModel = Field(description="A read model, or all of them.")
    until: Point | None = Field(
        default=None, description="A position, or an instant: what was recorded by then. Without it, where it is live."
    )
    keep: bool | None = Field(
        default=None, description="Keep the rows for an hour, to be read; so it is when `until` is given."
    )


class RowsView(BaseModel):
    items: list[dict[str, Any]] = Field(description="With the columns of their table.")
    next_cursor: str | None


class TableDifferenceView(BaseModel):
    table: str
    differing: int
    differences: list[DifferenceView] = Field(description="The first of them; `live` is this replay, `log` the other.")


Where = tuple[str | None, str | None]


async def _where(
    column: Annotated[Word | None, Query(description="Only rows with `value` in this column.")] = None,
    value: Annotated[Text | None, Query(max_length=200)] = None,
) -> Where:
    """Raises ValidationFailed for one without the other."""
    if (column is None) != (value is None):
        raise ValidationFailed(FieldError("value", "give column and value, or neither"))
    return column, value


TheWhere = Annotated[Where, Depends(_where)]


@router.post(
    "", status_code=202, response_model=WholeReplay, responses=errors(401, 403, 409), summary="Replay read models"
)
async def start_replay(desk: TheDesk, caller: SignedIn, body: NewReplay) -> Response:
    """Beside live traffic, at a bounded rate, into tables of their own. To now, they are compared row by row."""
    until = body.until.isoformat() if isinstance(body.until, datetime) else body.until
    replay_id = derived_id("replay", caller.account_id, desk.key) if desk.key else new_id()
    async with desk.edge.house.reads.connection() as connection:
        order = ReplayOrder(
            replay_id,
            caller.account_id,
            list(PROJECTIONS) if body.projection == "all" else [body.projection],
            None if until is None else str(until),
            None if body.until is None else await position_known(connection, body.until),
            body.until is not None if body.keep is None else body.keep,
        )
        made = await order_replay(connection, order)
        row = await replay(connection, replay_id)
    if row is None:
        raise TooManyReplays
    if (row.projections, row.asked_until, row.keep) != (order.projections, order.asked_until, order.keep):
        raise IdempotencyMismatch
    answer = await _answer(desk.edge, row, HTTPStatus.ACCEPTED)
    if not made:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


@router.get("", response_model=Listed[ReplayView], responses=errors(401, 403), summary="Replays, newest first")
async def list_replays(_: SignedIn, edge: TheEdge, page: ThePage) -> Response:
    async with edge.house.reads.connection() as connection:
        rows = await replays(connection, page)
    return _json(listed(rows, page, replay_view))


@router.get(
    "/{replay_id}",
    response_model=WholeReplay,
    responses=errors(401, 403, 404),
    summary="How far it is, what it certifies, and what differs",
)
async def get_replay(_: SignedIn, edge: TheEdge, replay_id: UUID) -> Response:
    return await _answer(edge, await _found(edge, replay_id))


@router.get(
    "/{replay_id}/rows",
    response_model=RowsView,
    responses=errors(401, 403, 404, 409),
    summary="The rows of a table as they were",
)
async def list_replayed_rows(
    _: SignedIn,
    edge: TheEdge,
    replay_id: UUID,
    where: TheWhere,
    table: Annotated[Word | None, Query(description="A table of its read models; the first, if absent.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    row = _kept(await _found(edge, replay_id))
    tables = _tables(row)
    if table is not None and table not in tables:
        raise ValidationFailed(FieldError("table", f"must be one of {', '.join(tables)}"))
    items, more = await page_of_rows(edge, replay_id, table or tables[0], where=where, limit=limit, cursor=cursor)
    return _json(RowsView(items=items, next_cursor=more))


@router.get(
    "/{replay_id}/diff",
    response_model=Listed[TableDifferenceView],
    responses=errors(401, 403, 404, 409),
    summary="In what two kept replays differ, row by row",
)
async def compare_replays(
    _: SignedIn, edge: TheEdge, replay_id: UUID, other: Annotated[UUID, Query(alias="with")]
) -> Response:
    """Such as the same read models at two moments: the tables that both have."""
    first = _kept(await _found(edge, replay_id))
    second = _kept(await _found(edge, other))
    tables = [table for table in _tables(first) if table in _tables(second)]
    url = edge.house.settings.database_url
    assert url is not None
    found = await asyncio.to_thread(between, url, tables, schema_of(first.id), schema_of(second.id))
    items = [
        TableDifferenceView(
            table=table, differing=total, differences=[DifferenceView(**without_sealed(r)) for r in rows]
        )
        for table, total, rows in found
    ]
    return _json(Listed(items=items))


async def page_of_rows(
    edge: Edge, replay_id: UUID, table: str, *, where: Where, limit: int, cursor: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Rows of a kept replay, and the cursor of those behind them. Raises ValidationFailed."""
    skip = read_number(cursor) if cursor else 0
    async with edge.house.reads.connection() as connection:
        rows = await replayed_rows(
            connection, replay_id, table, skip=skip, limit=limit + 1, column=where[0], value=where[1]
        )
    more = written(str(skip + limit)) if len(rows) > limit else None
    return [without_sealed(one) for one in rows[:limit]], more


async def _found(edge: Edge, replay_id: UUID) -> ReplayRow:
    async with edge.house.reads.connection() as connection:
        row = await replay(connection, replay_id)
    if row is None:
        raise NotFound
    return row


def _kept(row: ReplayRow) -> ReplayRow:
    """Raises WrongState unless its rows can be read."""
    if row.kept_until is None or row.kept_until <= datetime.now(row.kept_until.tzinfo):
        raise WrongState("Its rows are not there: it is not finished, or they were not kept, or the hour is over.")
    return row


def _tables(row: ReplayRow) -> list[str]:
    return [table for name in row.projections for table in PROJECTIONS[name].tables]


async def _answer(edge: Edge, row: ReplayRow, status: HTTPStatus = HTTPStatus.OK) -> Response:
    async with edge.house.reads.connection() as connection:
        parts = await replay_parts(connection, row.id)
    return _json(whole_replay(row, parts), status)


def _json(view: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(view.model_dump_json(), status, media_type="application/json")
