"""Reports for finance: commission, what is still to be earned, and what vendors owe."""

from datetime import date, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.downloads import FILES, download, format_of, of_rows
from api.edge import TheEdge
from api.fields import Day
from api.paging import Listed
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from api.views.money import MoneyView, money
from domain.money import Money
from domain.periods import cutoff_of
from infrastructure.exports import Column, Row
from queries.business_clock import clock
from queries.finance_reports import (
    Bucket,
    CommissionRow,
    RollForwardRow,
    Span,
    commission,
    deferred_revenue,
)
from queries.rows import Connection

router = APIRouter(prefix="/finance", tags=["finance"])

DAYS_MAX: Final = 3_660
Books = Annotated[Reading, reading("journal")]
Buckets = Annotated[Bucket, Query(description="Days are those of the platform's time zone.")]
Accept = Annotated[str, Header()]
Since = Annotated[Day | None, Query(alias="from")]
Before = Annotated[Day | None, Query(alias="to", description="Exclusive.")]


class CommissionView(BaseModel):
    bucket: date
    commission: MoneyView
    cancellation: MoneyView


class RollForwardView(BaseModel):
    """Of a bucket: opening + captured - earned - refunded + other = closing."""

    bucket: date
    opening: MoneyView
    captured: MoneyView
    earned: MoneyView
    refunded: MoneyView
    other: MoneyView
    closing: MoneyView


_COMMISSION: Final = (
    Column("bucket", "day"),
    Column("currency"),
    Column("commission", "money"),
    Column("cancellation", "money"),
    Column("commission_minor", "whole"),
    Column("cancellation_minor", "whole"),
)
_ROLLED: Final = (
    Column("bucket", "day"),
    Column("currency"),
    *(Column(name, "money") for name in ("opening", "captured", "earned", "refunded", "other", "closing")),
)


@router.get(
    "/commission",
    response_model=Listed[CommissionView],
    responses={**errors(401, 403, 503), **FILES},
    summary="What the platform has earned, by day, week or month",
)
async def get_commission(
    _: SignedIn,
    edge: TheEdge,
    model: Books,
    bucket: Buckets = "month",
    since: Since = None,
    before: Before = None,
    accept: Accept = "",
) -> Response:
    async def question(connection: Connection) -> list[CommissionRow]:
        return await commission(connection, await _span(connection, edge, bucket, since, before))

    rows = await model.ask(question)
    form = format_of(accept)
    if form != "json":
        return download(model, "commission", form, _COMMISSION, of_rows(_commission_cells(row) for row in rows))
    return model.answer(Listed(items=[_commission(row) for row in rows]))


@router.get(
    "/deferred-revenue",
    response_model=Listed[RollForwardView],
    responses={**errors(401, 403, 503), **FILES},
    summary="What is held for trips to come, and how it moved",
)
async def get_deferred_revenue(
    _: SignedIn,
    edge: TheEdge,
    model: Books,
    bucket: Buckets = "month",
    since: Since = None,
    before: Before = None,
    accept: Accept = "",
) -> Response:
    async def question(connection: Connection) -> list[RollForwardRow]:
        return await deferred_revenue(connection, await _span(connection, edge, bucket, since, before))

    rows = await model.ask(question)
    form = format_of(accept)
    if form != "json":
        return download(model, "deferred-revenue", form, _ROLLED, of_rows(_rolled_cells(row) for row in rows))
    return model.answer(Listed(items=[_rolled(row) for row in rows]))


async def _span(connection: Connection, edge: TheEdge, bucket: Bucket, since: date | None, before: date | None) -> Span:
    """The last year if nothing else is asked for. Raises ValidationFailed."""
    zone = edge.house.settings.platform_time_zone
    end = before or (await clock(connection)).now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    first = since or end - timedelta(days=366)
    if not 0 <= (end - first).days <= DAYS_MAX:
        raise ValidationFailed(FieldError("from", f"must be before `to`, and at most {DAYS_MAX} days before it"))
    return Span(bucket, zone, cutoff_of(first, zone), cutoff_of(end, zone))


def _commission_cells(row: CommissionRow) -> Row:
    amounts = (row.commission_minor, row.cancellation_minor)
    return (row.bucket, row.currency, *(Money(minor, row.currency) for minor in amounts), *amounts)


def _rolled_cells(row: RollForwardRow) -> Row:
    amounts = (
        row.opening_minor,
        row.captured_minor,
        row.earned_minor,
        row.refunded_minor,
        row.other_minor,
        row.closing_minor,
    )
    return (row.bucket, row.currency, *(Money(minor, row.currency) for minor in amounts))


def _commission(row: CommissionRow) -> CommissionView:
    return CommissionView(
        bucket=row.bucket,
        commission=money(row.commission_minor, row.currency),
        cancellation=money(row.cancellation_minor, row.currency),
    )


def _rolled(row: RollForwardRow) -> RollForwardView:
    return RollForwardView(
        bucket=row.bucket,
        opening=money(row.opening_minor, row.currency),
        captured=money(row.captured_minor, row.currency),
        earned=money(row.earned_minor, row.currency),
        refunded=money(row.refunded_minor, row.currency),
        other=money(row.other_minor, row.currency),
        closing=money(row.closing_minor, row.currency),
    )
