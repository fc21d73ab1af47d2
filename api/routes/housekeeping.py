"""What housekeeping did: the report of every round, and how far the present one is."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from queries.housekeeping import RoundRow, rounds

router = APIRouter(prefix="/admin/housekeeping", tags=["admin"])


class TidiedView(BaseModel):
    """How many things a job found to do, how many it did, and what was left over."""

    job: str
    found: int
    done: int
    left: int


class RoundView(BaseModel):
    """`scheduled`: by the schedule, else somebody asked for it with `travellr housekeep`."""

    id: UUID
    status: Literal["running", "finished"]
    scheduled: bool
    started_at: datetime
    finished_at: datetime | None
    jobs: list[TidiedView]


@router.get(
    "", response_model=Listed[RoundView], responses=errors(401, 403, 503), summary="Housekeeping reports, newest first"
)
async def list_housekeeping(_: SignedIn, model: Annotated[Reading, reading("housekeeping")], page: ThePage) -> Response:
    return model.answer(listed(await model.ask(lambda c: rounds(c, page)), page, _round))


def _round(row: RoundRow) -> RoundView:
    return RoundView(
        id=row.id,
        status="running" if row.finished_at is None else "finished",
        scheduled=row.scheduled,
        started_at=row.created_at,
        finished_at=row.finished_at,
        jobs=[TidiedView(**job, left=max(0, job["found"] - job["done"])) for job in row.jobs],
    )
