"""Payout runs: previewed, started, watched; and who was carried forward."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Day
from api.paging import Cursor, Limit, Listed, ThePage, listed, read_vendor, vendors_listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from commands.payout_run import StartPayoutRun
from domain.ids import payout_run_id
from domain.payout_run import PayoutRun
from domain.periods import check_whole_period, cutoff_of, last_period_end
from queries.business_clock import clock
from queries.payout_preview import WaitingRow, payout_preview
from queries.payout_runs import (
    CarriedRow,
    PayoutRunRow,
    StateRow,
    carried_of_period,
    payout_run,
    payout_runs,
    states_of_run,
)
from queries.rows import Connection

router = APIRouter(prefix="/finance/payout-runs", tags=["finance"])

Payouts = Annotated[Reading, reading("payouts")]
Cadence = Literal["weekly", "monthly"]


class NewRun(Body):
    cadence: Cadence
    period_end: Day | None = None


class RunView(BaseModel):
    """`total`, or `waiting`: the vendors and currencies with money for this period. `done` of them were looked at, and
    became `payouts` or were `carried` forward.
    """

    id: UUID
    cadence: str
    period_end: date
    cutoff: datetime
    status: str
    waiting: int
    payouts: int
    carried: int
    done: int
    total: int
    started_at: datetime
    finished_at: datetime | None = None


class StateView(BaseModel):
    status: str
    payouts: int
    amount: MoneyView


class RunWithStates(RunView):
    states: list[StateView]


class CarriedView(BaseModel):
    vendor_id: UUID
    payable: MoneyView
    minimum: MoneyView
    reason: str


class PreviewLine(BaseModel):
    """`outcome` "paid", or "carried" for a `reason`; `netted` is what the vendor owes and what was taken off for it."""

    vendor_id: UUID
    payable: MoneyView
    minimum: MoneyView
    netted: MoneyView
    lines: int
    outcome: Literal["paid", "carried"]
    reason: str | None


class Preview(Listed[PreviewLine]):
    cadence: str
    period_end: date
    cutoff: datetime
    run_id: UUID
    started: bool


@router.post("", status_code=202, response_model=RunView, responses=errors(401, 403), summary="Run payouts of a period")
async def start_payout_run(edge: TheEdge, desk: TheDesk, body: NewRun) -> Response:
    command = StartPayoutRun(body.cadence, edge.house.settings.platform_time_zone, body.period_end)
    return await desk.carry_out(command, HTTPStatus.ACCEPTED, _started)


@router.get("", response_model=Listed[RunView], responses=errors(401, 403, 503), summary="Runs, newest first")
async def list_payout_runs(_: SignedIn, model: Payouts, page: ThePage) -> Response:
    rows = await model.ask(lambda c: payout_runs(c, page))
    return model.answer(listed(rows, page, _run))


@router.get("/preview", response_model=Preview, responses=errors(401, 403, 503), summary="What a run would do")
async def preview_payout_run(
    _: SignedIn,
    edge: TheEdge,
    model: Annotated[Reading, reading("vendor_money")],
    cadence: Annotated[Cadence, Query()],
    period_end: Day | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Without `period_end`, the newest period that is over. Nothing is drafted."""
    zone = edge.house.settings.platform_time_zone
    after = read_vendor(cursor)

    async def question(connection: Connection) -> tuple[date, bool, list[WaitingRow]]:
        now = (await clock(connection)).now
        end = period_end or last_period_end(cadence, now.astimezone(ZoneInfo(zone)).date())
        check_whole_period(cadence, end)
        cutoff = cutoff_of(end, zone)
        rows = await payout_preview(
            connection, cadence, end, cutoff=cutoff, at=max(now, cutoff), after=after, limit=limit + 1
        )
        return end, await payout_run(connection, payout_run_id(cadence, end)) is not None, rows

    end, started, rows = await model.ask(question)
    page = vendors_listed(rows, limit, _preview)
    return model.answer(
        Preview(
            items=page.items,
            next_cursor=page.next_cursor,
            cadence=cadence,
            period_end=end,
            cutoff=cutoff_of(end, zone),
            run_id=payout_run_id(cadence, end),
            started=started,
        )
    )


@router.get(
    "/{run_id}",
    response_model=RunWithStates,
    responses=errors(401, 403, 404, 503),
    summary="How far a run has got, and what became of its payouts",
)
async def get_payout_run(_: SignedIn, model: Payouts, run_id: UUID) -> Response:
    async def question(connection: Connection) -> tuple[PayoutRunRow, list[StateRow]] | None:
        row = await payout_run(connection, run_id)
        return (row, await states_of_run(connection, row)) if row else None

    row, states = await model.find(question)
    shown = [StateView(status=s.status, payouts=s.payouts, amount=money(s.amount_minor, s.currency)) for s in states]
    return model.answer(RunWithStates(**dict(_run(row)), states=shown))


@router.get(
    "/{run_id}/carried",
    response_model=Listed[CarriedView],
    responses=errors(401, 403, 404, 503),
    summary="Who was not paid in a run, and why",
)
async def list_carried(_: SignedIn, model: Payouts, run_id: UUID, limit: Limit = 50, cursor: Cursor = None) -> Response:
    after = read_vendor(cursor)

    async def question(connection: Connection) -> list[CarriedRow] | None:
        run = await payout_run(connection, run_id)
        if run is None:
            return None
        return await carried_of_period(connection, run.period_end, run.cadence, after=after, limit=limit + 1)

    return model.answer(vendors_listed(await model.find(question), limit, _carried))


def _started(run: PayoutRun) -> RunView:
    return RunView(
        id=run.id,
        cadence=run.cadence,
        period_end=run.period_end,
        cutoff=run.cutoff,
        status="finished" if run.finished else "running",
        waiting=run.waiting,
        payouts=run.payouts,
        carried=run.carried,
        done=run.payouts + run.carried,
        total=max(run.waiting, run.payouts + run.carried),
        started_at=run.created_on,
    )


def _run(row: PayoutRunRow) -> RunView:
    return RunView(
        id=row.id,
        cadence=row.cadence,
        period_end=row.period_end,
        cutoff=row.cutoff,
        status=row.status,
        waiting=row.waiting,
        payouts=row.payouts,
        carried=row.carried,
        done=row.payouts + row.carried,
        total=max(row.waiting, row.payouts + row.carried),
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _preview(row: WaitingRow) -> PreviewLine:
    return PreviewLine(
        vendor_id=row.vendor_id,
        payable=money(row.payable_minor, row.currency),
        minimum=money(row.minimum_minor, row.currency),
        netted=money(-row.owed_minor, row.currency),
        lines=row.lines,
        outcome="paid" if row.why_not is None else "carried",
        reason=row.why_not,
    )


def _carried(row: CarriedRow) -> CarriedView:
    return CarriedView(
        vendor_id=row.vendor_id,
        payable=money(row.payable_minor, row.currency),
        minimum=money(row.minimum_minor, row.currency),
        reason=row.reason,
    )
