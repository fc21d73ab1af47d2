"""What operators look at: the followers of the log. The task board is in tasks.py."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.paging import Listed
from api.problems import errors
from queries.followers import FollowerRow, followers

router = APIRouter(prefix="/admin", tags=["admin"])


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
    "/projections",
    response_model=Listed[FollowerView],
    responses=errors(401, 403),
    summary="Followers and how far they are",
)
async def list_projections(_: SignedIn, edge: TheEdge) -> Response:
    async with edge.house.reads.connection() as connection:
        rows = await followers(connection)
    return _json(Listed(items=[_follower(row) for row in rows]))


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
