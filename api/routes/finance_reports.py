"""Reports for finance: commission, what is still to be earned, and what vendors owe."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.fields import Day
from api.paging import Cursor, Limit, Listed, read_vendor, vendors_listed
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from api.views.money import MoneyView, money
from queries.business_clock import clock
from queries.finance_reports import (
    AgeingRow,
    CommissionRow,
    RollForwardRow,
    commission,
    deferred_revenue,
    vendor_ageing,
)
from queries.rows import Connection

router = APIRouter(prefix="/finance", tags=["finance"])

DAYS_MAX: Final = 3_660
Books = Annotated[Reading, reading("journal")]
Bucket = Annotated[Literal["day", "week", "month"], Query(description="Days are days in UTC.")]
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


class AgeingView(BaseModel):
    vendor_id: UUID
    owed: MoneyView
    days_30: MoneyView
    days_60: MoneyView
    days_90: MoneyView
    older: MoneyView


@router.get(
    "/commission",
    response_model=Listed[CommissionView],
    responses=errors(401, 403, 503),
    summary="What the platform has earned, by day, week or month",
)
async def get_commission(
    _: SignedIn, model: Books, bucket: Bucket = "month", since: Since = None, before: Before = None
) -> Response:
    async def question(connection: Connection) -> list[CommissionRow]:
        first, end = await _range(connection, since, before)
        return await commission(connection, bucket, since=first, before=end)

    return model.answer(Listed(items=[_commission(row) for row in await model.ask(question)]))


@router.get(
    "/deferred-revenue",
    response_model=Listed[RollForwardView],
    responses=errors(401, 403, 503),
    summary="What is held for trips to come, and how it moved",
)
async def get_deferred_revenue(
    _: SignedIn, model: Books, bucket: Bucket = "month", since: Since = None, before: Before = None
) -> Response:
    async def question(connection: Connection) -> list[RollForwardRow]:
        first, end = await _range(connection, since, before)
        return await deferred_revenue(connection, bucket, since=first, before=end)

    return model.answer(Listed(items=[_rolled(row) for row in await model.ask(question)]))


@router.get(
    "/vendor-ageing",
    response_model=Listed[AgeingView],
    responses=errors(401, 403, 503),
    summary="What vendors owe, and for how long",
)
async def get_vendor_ageing(
    _: SignedIn, model: Annotated[Reading, reading("vendor_money")], limit: Limit = 50, cursor: Cursor = None
) -> Response:
    after = read_vendor(cursor)

    async def question(connection: Connection) -> list[AgeingRow]:
        return await vendor_ageing(connection, (await clock(connection)).now, after=after, limit=limit + 1)

    return model.answer(vendors_listed(await model.ask(question), limit, _ageing))


async def _range(connection: Connection, since: date | None, before: date | None) -> tuple[date, date]:
    """The last year if nothing else is asked for. Raises ValidationFailed."""
    end = before or (await clock(connection)).now.date() + timedelta(days=1)
    first = since or end - timedelta(days=366)
    if not 0 <= (end - first).days <= DAYS_MAX:
        raise ValidationFailed(FieldError("from", f"must be before `to`, and at most {DAYS_MAX} days before it"))
    return first, end


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


def _ageing(row: AgeingRow) -> AgeingView:
    return AgeingView(
        vendor_id=row.vendor_id,
        owed=money(row.owed_minor, row.currency),
        days_30=money(row.days_30_minor, row.currency),
        days_60=money(row.days_60_minor, row.currency),
        days_90=money(row.days_90_minor, row.currency),
        older=money(row.older_minor, row.currency),
    )
