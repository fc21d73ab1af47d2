"""Payout runs: previewed, started, watched; and who was carried forward."""

from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.downloads import FILES, download, format_of
from api.edge import TheEdge
from api.fields import Body, Day
from api.paging import Cursor, Limit, Listed, ThePage, listed, read_vendor, vendors_listed
from api.payout_files import CARRIED, PREVIEW, carried_rows, preview_rows
from api.problems import errors
from api.reading import Reading, reading
from api.views.payout_run import (
    CarriedView,
    Preview,
    RunView,
    RunWithStates,
    carried_view,
    preview_line,
    run_started,
    run_view,
    run_with_states,
)
from commands.payout_run import StartPayoutRun
from domain.ids import payout_run_id
from domain.periods import check_whole_period, cutoff_of, last_period_end
from queries.business_clock import clock
from queries.payout_preview import WaitingRow, payout_preview
from queries.payout_runs import (
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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The run that is previewed, as it would be `at` that instant."""

    id: UUID
    period_end: date
    cutoff: datetime
    at: datetime
    started: bool


@router.post("", status_code=202, response_model=RunView, responses=errors(401, 403), summary="Run payouts of a period")
async def start_payout_run(edge: TheEdge, desk: TheDesk, body: NewRun) -> Response:
    command = StartPayoutRun(body.cadence, edge.house.settings.platform_time_zone, body.period_end)
    return await desk.carry_out(command, HTTPStatus.ACCEPTED, run_started)


@router.get("", response_model=Listed[RunView], responses=errors(401, 403, 503), summary="Runs, newest first")
async def list_payout_runs(_: SignedIn, model: Payouts, page: ThePage) -> Response:
    rows = await model.ask(lambda c: payout_runs(c, page))
    return model.answer(listed(rows, page, run_view))


@router.get(
    "/preview",
    response_model=Preview,
    responses={**errors(401, 403, 503), **FILES},
    summary="What a run would do",
)
async def preview_payout_run(
    _: SignedIn,
    edge: TheEdge,
    model: Annotated[Reading, reading("vendor_money")],
    cadence: Annotated[Cadence, Query()],
    period_end: Day | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Without `period_end`, the newest period that is over. Nothing is drafted. A file has everybody."""
    run = await model.ask(lambda c: _wanted(c, cadence, period_end, edge.house.settings.platform_time_zone))
    form = format_of(accept)
    if form != "json":
        return download(
            model,
            "payout-run-preview",
            form,
            PREVIEW,
            lambda c: preview_rows(c, cadence, run.period_end, cutoff=run.cutoff, at=run.at),
        )
    after = read_vendor(cursor)

    async def question(connection: Connection) -> list[WaitingRow]:
        return await payout_preview(
            connection, cadence, run.period_end, cutoff=run.cutoff, at=run.at, after=after, limit=limit + 1
        )

    page = vendors_listed(await model.ask(question), limit, preview_line)
    return model.answer(
        Preview(
            items=page.items,
            next_cursor=page.next_cursor,
            cadence=cadence,
            period_end=run.period_end,
            cutoff=run.cutoff,
            run_id=run.id,
            started=run.started,
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
    return model.answer(run_with_states(row, states))


@router.get(
    "/{run_id}/carried",
    response_model=Listed[CarriedView],
    responses={**errors(401, 403, 404, 503), **FILES},
    summary="Who was not paid in a run, and why",
)
async def list_carried(
    _: SignedIn,
    model: Payouts,
    run_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    after = read_vendor(cursor)
    run = await model.find(lambda c: payout_run(c, run_id))
    form = format_of(accept)
    if form != "json":
        return download(model, "carried-forward", form, CARRIED, lambda c: carried_rows(c, run))
    rows = await model.ask(lambda c: carried_of_period(c, run.period_end, run.cadence, after=after, limit=limit + 1))
    return model.answer(vendors_listed(rows, limit, carried_view))


async def _wanted(connection: Connection, cadence: Cadence, period_end: date | None, zone: str) -> _Wanted:
    """Raises NotAPeriod."""
    now = (await clock(connection)).now
    end = period_end or last_period_end(cadence, now.astimezone(ZoneInfo(zone)).date())
    check_whole_period(cadence, end)
    cutoff, run_id = cutoff_of(end, zone), payout_run_id(cadence, end)
    started = await payout_run(connection, run_id) is not None
    return _Wanted(run_id, end, cutoff, max(now, cutoff), started)
