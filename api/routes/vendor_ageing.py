"""What vendors owe, and for how long: as JSON page by page or as one file."""

from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.downloads import FILES, download, format_of
from api.paging import Cursor, Limit, Listed, read_vendor, vendors_listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from domain.money import Money
from infrastructure.exports import Column, Row
from queries.business_clock import clock
from queries.finance_reports import AgeingRow, vendor_ageing, whole_ageing
from queries.positions import follower_position
from queries.rows import Connection

router = APIRouter(prefix="/finance", tags=["finance"])

_COLUMNS: Final = (
    Column("vendor_id"),
    Column("currency"),
    *(Column(name, "money") for name in ("owed", "days_30", "days_60", "days_90", "older")),
)


class AgeingView(BaseModel):
    vendor_id: UUID
    owed: MoneyView
    days_30: MoneyView
    days_60: MoneyView
    days_90: MoneyView
    older: MoneyView


@router.get(
    "/vendor-ageing",
    response_model=Listed[AgeingView],
    responses={**errors(401, 403, 503), **FILES},
    summary="What vendors owe, and for how long",
)
async def get_vendor_ageing(
    _: SignedIn,
    model: Annotated[Reading, reading("vendor_money")],
    limit: Limit = 50,
    cursor: Cursor = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    form = format_of(accept)
    if form != "json":
        model.position = await model.ask(lambda c: follower_position(c, "vendor_money"))
        return download(model, "vendor-ageing", form, _COLUMNS, _ageing_cells)
    after = read_vendor(cursor)

    async def question(connection: Connection) -> list[AgeingRow]:
        return await vendor_ageing(connection, (await clock(connection)).now, after=after, limit=limit + 1)

    return model.answer(vendors_listed(await model.ask(question), limit, _ageing))


async def _ageing_cells(connection: Connection) -> AsyncIterator[Row]:
    now = (await clock(connection)).now
    async for row in whole_ageing(connection, now):
        amounts = (row.owed_minor, row.days_30_minor, row.days_60_minor, row.days_90_minor, row.older_minor)
        yield (row.vendor_id, row.currency, *(Money(minor, row.currency) for minor in amounts))


def _ageing(row: AgeingRow) -> AgeingView:
    return AgeingView(
        vendor_id=row.vendor_id,
        owed=money(row.owed_minor, row.currency),
        days_30=money(row.days_30_minor, row.currency),
        days_60=money(row.days_60_minor, row.currency),
        days_90=money(row.days_90_minor, row.currency),
        older=money(row.older_minor, row.currency),
    )
