"""Our journal against what Stripe says moved its balance."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.paging import Cursor, Limit, bad_cursor, read, written
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from api.views.reconciliation import CountsView, PairView, WaitingView, counts_view, pair_view, waiting_view
from commands.reconcile import StartReconciliation
from domain.reconciliation import Reconciliation
from infrastructure.new_id import new_id
from queries.reconciliation import BalanceRow, PairRow, RunRow, State, balances, counts, latest_run, pairs, waiting
from queries.rows import Connection

router = APIRouter(prefix="/finance", tags=["finance"])

WAITING_MAX: Final = 200


class RunView(BaseModel):
    id: UUID
    status: Literal["running", "finished"]
    started_at: datetime
    finished_at: datetime | None = None
    matched: int | None = None
    ours_only: int | None = None
    theirs_only: int | None = None
    different: int | None = None


class BalanceView(BaseModel):
    ours: MoneyView
    theirs: MoneyView


class ReconciliationView(BaseModel):
    """`items` is what does not agree, unless `state` asks for something else, oldest first."""

    run: RunView | None
    counts: CountsView
    balances: list[BalanceView]
    items: list[PairView]
    next_cursor: str | None
    clearing: list[WaitingView]
    position: int


@router.post(
    "/reconciliation",
    status_code=202,
    response_model=RunView,
    responses=errors(401, 403),
    summary="Compare with Stripe now",
)
async def start_reconciliation(desk: TheDesk) -> Response:
    return await desk.carry_out(StartReconciliation(new_id()), HTTPStatus.ACCEPTED, _started)


@router.get(
    "/reconciliation",
    response_model=ReconciliationView,
    responses=errors(401, 403, 503),
    summary="What agrees with Stripe's balance transactions, and what does not",
)
async def get_reconciliation(
    _: SignedIn,
    model: Annotated[Reading, reading("journal")],
    limit: Limit = 50,
    cursor: Cursor = None,
    state: State | None = None,
) -> Response:
    after = _after(cursor) if cursor else None

    async def question(connection: Connection) -> ReconciliationView:
        rows = await pairs(connection, state=state, after=after, limit=limit + 1)
        run = await latest_run(connection)
        return ReconciliationView(
            run=_run(run) if run else None,
            counts=counts_view(await counts(connection)),
            balances=[_balance(row) for row in await balances(connection)],
            items=[pair_view(row) for row in rows[:limit]],
            next_cursor=_next(rows[limit - 1]) if len(rows) > limit else None,
            clearing=[waiting_view(row) for row in await waiting(connection, WAITING_MAX)],
            position=model.position,
        )

    return model.answer(await model.ask(question))


def _after(cursor: str) -> tuple[datetime, str]:
    at, reference = read(cursor, 2)
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise bad_cursor() from None
    if instant.tzinfo is None:
        raise bad_cursor()
    return instant, reference


def _next(row: PairRow) -> str:
    return written(row.at.isoformat(), row.reference)


def _started(run: Reconciliation) -> RunView:
    return RunView(id=run.id, status="finished" if run.finished else "running", started_at=run.created_on)


def _run(row: RunRow) -> RunView:
    return RunView(
        id=row.id,
        status="finished" if row.finished_at else "running",
        started_at=row.started_at,
        finished_at=row.finished_at,
        matched=row.matched,
        ours_only=row.ours_only,
        theirs_only=row.theirs_only,
        different=row.different,
    )


def _balance(row: BalanceRow) -> BalanceView:
    return BalanceView(ours=money(row.ours_minor, row.currency), theirs=money(row.theirs_minor, row.currency))
