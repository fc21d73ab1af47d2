"""A vendor's statement, as JSON page by page or as one CSV file."""

import csv
import io
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import DayOrInstant, bound
from api.paging import Cursor, Limit, Listed, read_number, written
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from queries.vendor_statement import StatementRow, vendor_statement

router = APIRouter(prefix="/vendors/me", tags=["vendors"])

CSV_LINES_MAX: Final = 100_000
_COLUMNS: Final = ("at", "kind", "booking_id", "payout_id", "currency", "amount_minor", "balance_minor", "position")


class StatementLine(BaseModel):
    position: int
    at: datetime
    kind: str
    booking_id: UUID | None
    payout_id: UUID | None
    amount: MoneyView
    balance: MoneyView


@router.get(
    "/statement",
    response_model=Listed[StatementLine],
    responses={
        **errors(401, 403, 503),
        200: {
            "content": {"text/csv": {"schema": {"type": "string"}}},
            "description": "JSON, or CSV if that is asked for",
        },
    },
    summary="What I earned and was paid, with running balance",
)
async def get_statement(
    caller: SignedIn,
    edge: TheEdge,
    read: Annotated[Reading, reading("vendor_money")],
    since: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    until: Annotated[DayOrInstant | None, Query(alias="to")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    as_csv = "text/csv" in accept
    most = CSV_LINES_MAX if as_csv else limit
    zone = edge.house.settings.platform_time_zone
    rows = await read.ask(
        lambda c: vendor_statement(
            c,
            caller.account_id,
            since=bound(since, None, zone, "from"),
            before=bound(until, None, zone, "to"),
            after_position=read_number(cursor) if cursor else 0,
            limit=most + 1,
        )
    )
    if as_csv:
        return _csv(rows[:most], read.position)
    more = written(str(rows[most - 1].position)) if len(rows) > most else None
    return read.answer(Listed(items=[_line(row) for row in rows[:most]], next_cursor=more))


def _line(row: StatementRow) -> StatementLine:
    return StatementLine(
        position=row.position,
        at=row.at,
        kind=row.kind,
        booking_id=row.booking_id,
        payout_id=row.payout_id,
        amount=money(row.amount_minor, row.currency),
        balance=money(row.balance_minor, row.currency),
    )


def _csv(rows: list[StatementRow], position: int) -> Response:
    """RFC 4180. No field is free text, so nothing can be mistaken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for row in rows:
        at = row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        ids = (row.booking_id or "", row.payout_id or "")
        writer.writerow((at, row.kind, *ids, row.currency, row.amount_minor, row.balance_minor, row.position))
    headers = {
        "Travellr-Position": str(position),
        "Content-Disposition": 'attachment; filename="statement.csv"',
        "Vary": "Accept",
    }
    return Response(text.getvalue(), 200, headers, "text/csv; charset=utf-8")
