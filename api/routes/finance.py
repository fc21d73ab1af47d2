"""The books and the payout runs, for the people who keep them."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Day, Instant
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from api.views.payout import PayoutView, payout_view
from commands.payout_run import StartPayoutRun
from domain.payout import PayoutRun
from queries.business_clock import clock
from queries.payout_runs import PayoutRunRow, payout_run
from queries.payouts import payouts
from queries.rows import Connection
from queries.trial_balance import AccountRow, trial_balance, trial_balance_as_of

router = APIRouter(prefix="/finance", tags=["finance"])

Payouts = Annotated[Reading, reading("payouts")]


class NewRun(Body):
    cadence: Literal["weekly", "monthly"]
    period_end: Day | None = None


class RunView(BaseModel):
    id: UUID
    cadence: str
    period_end: date
    cutoff: datetime
    status: str
    payouts: int
    carried: int
    started_at: datetime
    finished_at: datetime | None = None


class AccountView(BaseModel):
    account: str
    debit: MoneyView
    credit: MoneyView


class TrialBalance(BaseModel):
    items: list[AccountView]
    as_of: datetime
    position: int


@router.post(
    "/payout-runs",
    status_code=202,
    response_model=RunView,
    responses=errors(401, 403),
    summary="Run payouts of a period",
)
async def start_payout_run(edge: TheEdge, desk: TheDesk, body: NewRun) -> Response:
    command = StartPayoutRun(body.cadence, edge.house.settings.platform_time_zone, body.period_end)
    return await desk.carry_out(command, HTTPStatus.ACCEPTED, _started)


@router.get(
    "/payout-runs/{run_id}",
    response_model=RunView,
    responses=errors(401, 403, 404, 503),
    summary="How far a run has got",
)
async def get_payout_run(_: SignedIn, read: Payouts, run_id: UUID) -> Response:
    row = await read.find(lambda c: payout_run(c, run_id))
    return read.answer(_run(row))


@router.get(
    "/payouts", response_model=Listed[PayoutView], responses=errors(401, 403, 503), summary="Payouts of a period"
)
async def list_payouts(
    _: SignedIn,
    read: Payouts,
    page: ThePage,
    period: Day | None = None,
    status: Literal["drafted", "transferred", "bank_submitted", "paid", "failed"] | None = None,
) -> Response:
    rows = await read.ask(lambda c: payouts(c, page, period_end=period, status=status))
    return read.answer(listed(rows, page, payout_view))


@router.get(
    "/trial-balance",
    response_model=TrialBalance,
    responses=errors(401, 403, 503),
    summary="Debit and credit of all accounts",
)
async def get_trial_balance(
    _: SignedIn, read: Annotated[Reading, reading("journal")], as_of: Instant | None = None
) -> Response:
    async def question(connection: Connection) -> tuple[datetime, list[AccountRow]]:
        if as_of is not None:
            return as_of, await trial_balance_as_of(connection, as_of)
        return (await clock(connection)).now, await trial_balance(connection)

    at, rows = await read.ask(question)
    return read.answer(TrialBalance(items=[_account(row) for row in rows], as_of=at, position=read.position))


def _account(row: AccountRow) -> AccountView:
    return AccountView(
        account=row.account, debit=money(row.debit_minor, row.currency), credit=money(row.credit_minor, row.currency)
    )


def _started(run: PayoutRun) -> RunView:
    return RunView(
        id=run.id,
        cadence=run.cadence,
        period_end=run.period_end,
        cutoff=run.cutoff,
        status="finished" if run.finished else "running",
        payouts=run.payouts,
        carried=run.carried,
        started_at=run.created_on,
    )


def _run(row: PayoutRunRow) -> RunView:
    return RunView(
        id=row.id,
        cadence=row.cadence,
        period_end=row.period_end,
        cutoff=row.cutoff,
        status=row.status,
        payouts=row.payouts,
        carried=row.carried,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
