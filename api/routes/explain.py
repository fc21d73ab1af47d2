"""Explain a payout, and say what the next one will be."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.paging import Cursor, Limit, Listed, bad_cursor, read, written
from api.problems import errors
from api.reading import Reading, reading
from api.views.explained import Explained, explained_line, explained_step, left_out_line
from api.views.money import MoneyView, money
from api.views.payout import payout_view
from domain.periods import cutoff_of, next_run_for
from domain.vendor import Cadence
from queries.business_clock import clock
from queries.payout_explained import (
    ExplainedLine,
    LeftOutLine,
    StepRow,
    explained_lines,
    left_out,
    payout_says,
    payout_steps,
)
from queries.payout_preview import WaitingRow, payout_preview
from queries.payouts import PayoutRow, count_lines, payout
from queries.rows import Connection
from queries.vendors import VendorRow, vendor

router = APIRouter(tags=["payouts"])

LEFT_OUT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class _Found:
    payout: PayoutRow
    count: int
    lines: list[ExplainedLine]
    steps: list[StepRow]
    left_out: list[LeftOutLine]
    now: datetime


class ForecastView(BaseModel):
    """What the next run will pay if nothing else happens; `reason` and `short_by` if it will not."""

    currency: str
    period_end: date
    expected_at: datetime
    payable: MoneyView
    minimum: MoneyView
    short_by: MoneyView | None
    outcome: str
    reason: str | None


@router.get(
    "/payouts/{payout_id}/explain",
    response_model=Explained,
    responses=errors(401, 403, 404, 503),
    summary="Why a payout is what it is, to the cent, and what is not in it",
)
async def explain_payout(
    caller: SignedIn,
    edge: TheEdge,
    model: Annotated[Reading, reading("payouts")],
    payout_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    after = _after(cursor)

    async def question(connection: Connection) -> _Found | None:
        row = await payout(connection, payout_id, caller.actor)
        if row is None:
            return None
        return _Found(
            row,
            await count_lines(connection, payout_id),
            await explained_lines(connection, payout_id, after=after, limit=limit + 1),
            await payout_steps(connection, payout_id),
            await left_out(connection, payout_id, limit=LEFT_OUT_MAX),
            (await clock(connection)).now,
        )

    found = await model.find(question)
    shown = found.lines[:limit]
    more = None
    if len(found.lines) > limit:
        more = written(shown[-1].earned_at.isoformat(), str(shown[-1].line_id))
    view = payout_view(found.payout)
    zone, cadence = edge.house.settings.platform_time_zone, _cadence(found.payout.cadence)
    return model.answer(
        Explained(
            payout=view,
            says=payout_says(found.payout, found.count),
            steps=[explained_step(step) for step in found.steps],
            lines=[explained_line(line) for line in shown],
            next_cursor=more,
            not_in_it=[
                left_out_line(line, next_run_for(cadence, line.available_from, found.now, zone)[1])
                for line in found.left_out
            ],
        )
    )


@router.get(
    "/vendors/me/payouts/forecast",
    response_model=Listed[ForecastView],
    responses=errors(401, 403, 404, 503),
    summary="What I will be paid next, and when",
)
async def forecast_payouts(
    caller: SignedIn, edge: TheEdge, model: Annotated[Reading, reading("vendor_money")]
) -> Response:
    zone = edge.house.settings.platform_time_zone

    async def question(connection: Connection) -> tuple[VendorRow, date, datetime, list[WaitingRow]] | None:
        me = await vendor(connection, caller.account_id)
        if me is None:
            return None
        now = (await clock(connection)).now
        period_end, at = next_run_for(_cadence(me.cadence), now - timedelta(days=62), now, zone)
        cutoff = cutoff_of(period_end, zone)
        rows = await payout_preview(
            connection, None, period_end, cutoff=cutoff, at=at, vendor_id=caller.account_id, limit=200
        )
        return me, period_end, at, rows

    _, period_end, at, rows = await model.find(question)
    return model.answer(Listed(items=[_forecast(row, period_end, at) for row in rows]))


def _forecast(row: WaitingRow, period_end: date, at: datetime) -> ForecastView:
    short_minor = row.minimum_minor - row.payable_minor
    return ForecastView(
        currency=row.currency,
        period_end=period_end,
        expected_at=at,
        payable=money(row.payable_minor, row.currency),
        minimum=money(row.minimum_minor, row.currency),
        short_by=money(short_minor, row.currency) if short_minor > 0 else None,
        outcome="paid" if row.why_not is None else "carried",
        reason=row.why_not,
    )


def _cadence(name: str) -> Cadence:
    return "monthly" if name == "monthly" else "weekly"


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    at, line_id = read(cursor, 2)
    try:
        after = datetime.fromisoformat(at), UUID(line_id)
    except ValueError:
        raise bad_cursor() from None
    if after[0].tzinfo is None:
        raise bad_cursor()
    return after
