"""A vendor's statement, as JSON page by page or as one file."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.downloads import FILES, download, format_of
from api.edge import TheEdge
from api.fields import DayOrInstant, Instant, bound
from api.paging import Cursor, Limit, Listed, read_number, written
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from domain.money import Money
from infrastructure.exports import Column, Row
from queries.positions import follower_position
from queries.rows import Connection
from queries.vendor_statement import StatementRow, Wanted, vendor_statement, whole_statement

router = APIRouter(prefix="/vendors/me", tags=["vendors"])

_COLUMNS: Final = (
    Column("at", "instant"),
    Column("kind"),
    Column("booking_id"),
    Column("payout_id"),
    Column("currency"),
    Column("amount_minor", "whole"),
    Column("balance_minor", "whole"),
    Column("position", "whole"),
    Column("amount", "money"),
    Column("balance", "money"),
    Column("known_at", "instant"),
    Column("late_for", "day"),
)


class StatementLine(BaseModel):
    """`known_at` is set where a line became known after it took effect, `late_for` where its day was closed by then."""

    position: int
    at: datetime
    known_at: datetime | None
    kind: str
    booking_id: UUID | None
    payout_id: UUID | None
    amount: MoneyView
    balance: MoneyView
    late_for: date | None


@router.get(
    "/statement",
    response_model=Listed[StatementLine],
    responses={**errors(401, 403, 503), **FILES},
    summary="What I earned and was paid, with running balance",
)
async def get_statement(
    caller: SignedIn,
    edge: TheEdge,
    read: Annotated[Reading, reading("vendor_money")],
    since: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    until: Annotated[DayOrInstant | None, Query(alias="to")] = None,
    known_at: Annotated[Instant | None, Query(description="As it was known then.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    zone = edge.house.settings.platform_time_zone
    wanted = Wanted(
        caller.account_id,
        since=bound(since, None, zone, "from"),
        before=bound(until, None, zone, "to"),
        known_at=known_at,
        after_position=read_number(cursor) if cursor else 0,
        zone=zone,
    )
    form = format_of(accept)
    if form != "json":
        read.position = await read.ask(lambda c: follower_position(c, "vendor_money"))
        return download(read, "statement", form, _COLUMNS, lambda c: _rows(c, wanted))
    rows, more = await read.ask(lambda c: vendor_statement(c, wanted, limit))
    next_cursor = written(str(more)) if more is not None else None
    return read.answer(Listed(items=[_line(row) for row in rows], next_cursor=next_cursor))


async def _rows(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    async for row in whole_statement(connection, wanted):
        yield (
            row.at,
            row.kind,
            row.booking_id,
            row.payout_id,
            row.currency,
            row.amount_minor,
            row.balance_minor,
            row.position,
            Money(row.amount_minor, row.currency),
            Money(row.balance_minor, row.currency),
            row.known_at,
            row.late_for,
        )


def _line(row: StatementRow) -> StatementLine:
    return StatementLine(
        position=row.position,
        at=row.at,
        known_at=row.known_at,
        kind=row.kind,
        booking_id=row.booking_id,
        payout_id=row.payout_id,
        amount=money(row.amount_minor, row.currency),
        balance=money(row.balance_minor, row.currency),
        late_for=row.late_for,
    )
