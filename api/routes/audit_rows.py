"""Any list, balance or statement as of an instant or a position: the rows of a read model, replayed up to then."""

import asyncio
import time
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.paging import Cursor, Limit
from api.points import Point
from api.problems import errors
from api.refusals import TooManyReplays
from api.routes.audit_replays import TheWhere, page_of_rows
from api.views.replay import WholeReplay, whole_replay
from domain.refusal import WrongState
from infrastructure.new_id import new_id
from projections.catalogue import PROJECTIONS
from queries.known_then import position_known
from queries.replays import (
    ReplayOrder,
    ReplayRow,
    let_go_of_oldest,
    order_replay,
    replay,
    replay_parts,
    replay_up_to,
)

router = APIRouter(prefix="/audit", tags=["audit"])

_READ_MODEL_OF: Final = {table: name for name, model in PROJECTIONS.items() for table in model.tables}
# So long an answer waits for a replay that has just been ordered: a small log is replayed in that time.
_WAIT_S: Final = 2.0
_LOOK_AGAIN_S: Final = 0.1
_BASE: Final = "/api/v1/audit/replays"

Table = Literal[(*_READ_MODEL_OF,)]  # type: ignore[valid-type]  # The names stand in one place, not here.


class RowsAsOf(BaseModel):
    items: list[dict[str, Any]] = Field(description="With the columns of the table; personal data is not shown.")
    next_cursor: str | None
    position: int = Field(description="The newest position that was known then.")
    replay_id: UUID = Field(description="Where they are kept, and certified; two of these can be compared.")
    kept_until: datetime


@router.get(
    "/rows",
    response_model=RowsAsOf,
    responses={202: {"model": WholeReplay}, **errors(401, 403, 409)},
    summary="A list, balance or statement as of an instant or a position",
)
async def list_rows_as_of(
    caller: SignedIn,
    edge: TheEdge,
    table: Annotated[Table, Query(description="Such as booking, vendor_balance, statement_line, ledger_account.")],
    as_of: Annotated[Point, Query(description="An instant: what was recorded by then. Or a position, which is exact.")],
    where: TheWhere,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The read model of the table is replayed up to then, if it is not kept already. While that takes more than two
    seconds the answer is 202 with the replay: ask again. Its rows are kept for an hour, so further pages, other columns
    and other tables of the read model are there at once; `GET /audit/replays/{id}/diff` compares two moments. There is
    room for six: the next one takes the place of the oldest that you have asked for.
    """
    row = await _settled(edge, await _replay_as_of(edge, caller.account_id, _READ_MODEL_OF[table], as_of))
    if row.kept_until is None:
        return await _still_at_it(edge, row)
    assert row.upto is not None
    items, more = await page_of_rows(edge, row.id, table, where=where, limit=limit, cursor=cursor)
    view = RowsAsOf(items=items, next_cursor=more, position=row.upto, replay_id=row.id, kept_until=row.kept_until)
    return Response(view.model_dump_json(), 200, media_type="application/json")


async def _replay_as_of(edge: Edge, asked_by: UUID, projection: str, as_of: int | datetime) -> ReplayRow:
    """The one that there is, or a new one. Raises TooManyReplays."""
    async with edge.house.reads.connection() as connection:
        upto = await position_known(connection, as_of)
        there = await replay_up_to(connection, projection, upto)
        if there is not None:
            return there
        asked = as_of.isoformat() if isinstance(as_of, datetime) else str(as_of)
        order = ReplayOrder(new_id(), asked_by, [projection], asked, upto, keep=True)
        if not await order_replay(connection, order) and await let_go_of_oldest(connection, asked_by):
            await order_replay(connection, order)
        row = await replay(connection, order.replay_id)
    if row is None:
        raise TooManyReplays
    return row


async def _settled(edge: Edge, row: ReplayRow) -> ReplayRow:
    """As it is when it is over, or after a little while. Raises WrongState if it failed."""
    until = time.monotonic() + _WAIT_S
    while row.state in {"waiting", "running"} and time.monotonic() < until:
        await asyncio.sleep(_LOOK_AGAIN_S)
        async with edge.house.reads.connection() as connection:
            row = await replay(connection, row.id) or row
    if row.state == "failed":
        raise WrongState(f"The log could not be replayed up to then: {row.error}")
    return row


async def _still_at_it(edge: Edge, row: ReplayRow) -> Response:
    async with edge.house.reads.connection() as connection:
        parts = await replay_parts(connection, row.id)
    headers = {"Location": f"{_BASE}/{row.id}", "Retry-After": "2"}
    body = whole_replay(row, parts).model_dump_json()
    return Response(body, HTTPStatus.ACCEPTED, headers, "application/json")
