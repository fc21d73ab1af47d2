"""The journal, entry by entry."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.fields import Word
from api.paging import Cursor, Limit, Listed, bad_cursor, read, written
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from queries.journal import JournalFilter, JournalRow, journal

router = APIRouter(prefix="/finance", tags=["finance"])


class JournalLine(BaseModel):
    position: int
    line: int
    at: datetime
    topic: str
    account: str
    owner_id: UUID | None
    debit: MoneyView
    credit: MoneyView
    booking_id: UUID | None
    vendor_id: UUID | None
    provider_ref: str | None


@router.get("/journal", response_model=Listed[JournalLine], responses=errors(401, 403, 503), summary="Journal entries")
async def list_journal(
    _: SignedIn,
    model: Annotated[Reading, reading("journal")],
    limit: Limit = 50,
    cursor: Cursor = None,
    booking_id: UUID | None = None,
    account: Word | None = None,
) -> Response:
    after = _after(cursor) if cursor else (0, 0)
    which = JournalFilter(booking_id, account)
    rows = await model.ask(lambda c: journal(c, which, after=after, limit=limit + 1))
    shown = rows[:limit]
    more = written(str(shown[-1].position), str(shown[-1].line)) if len(rows) > limit else None
    return model.answer(Listed(items=[_line(row) for row in shown], next_cursor=more))


def _after(cursor: str) -> tuple[int, int]:
    position, line = read(cursor, 2)
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in (position, line)):
        raise bad_cursor()
    return int(position), int(line)


def _line(row: JournalRow) -> JournalLine:
    return JournalLine(
        position=row.position,
        line=row.line,
        at=row.at,
        topic=row.topic,
        account=row.account,
        owner_id=row.owner_id,
        debit=money(row.debit_minor, row.currency),
        credit=money(row.credit_minor, row.currency),
        booking_id=row.booking_id,
        vendor_id=row.vendor_id,
        provider_ref=row.provider_ref,
    )
