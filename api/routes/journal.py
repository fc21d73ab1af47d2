"""The journal, entry by entry: as JSON page by page, or as one file."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from api.caller import SignedIn
from api.downloads import FILES, download, format_of
from api.edge import TheEdge
from api.fields import DayOrInstant, Word, bound
from api.paging import Cursor, Limit, Listed, bad_cursor, read, written
from api.problems import errors
from api.reading import Reading, reading
from api.views.journal import JOURNAL_COLUMNS, JournalLine, journal_cells, journal_line
from infrastructure.exports import Row
from queries.journal import JournalFilter, journal, whole_journal
from queries.positions import follower_position
from queries.rows import Connection

router = APIRouter(prefix="/finance", tags=["finance"])

Books = Annotated[Reading, reading("journal")]


@router.get(
    "/journal",
    response_model=Listed[JournalLine],
    responses={**errors(401, 403, 503), **FILES},
    summary="Journal entries, by when they took effect and when they became known",
)
async def list_journal(
    _: SignedIn,
    edge: TheEdge,
    model: Books,
    limit: Limit = 50,
    cursor: Cursor = None,
    booking_id: UUID | None = None,
    account: Word | None = None,
    since: Annotated[DayOrInstant | None, Query(alias="from", description="Took effect then or later.")] = None,
    before: Annotated[DayOrInstant | None, Query(alias="to", description="Took effect before.")] = None,
    known_since: Annotated[
        DayOrInstant | None, Query(alias="known_from", description="Recorded then or later.")
    ] = None,
    known_before: Annotated[DayOrInstant | None, Query(alias="known_to", description="Recorded before.")] = None,
    late: Annotated[bool | None, Query(description="Only those that came after their day was closed, or not.")] = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    zone = edge.house.settings.platform_time_zone
    which = JournalFilter(
        zone,
        booking_id,
        account,
        since=bound(since, None, zone, "from"),
        before=bound(before, None, zone, "to"),
        known_since=bound(known_since, None, zone, "known_from"),
        known_before=bound(known_before, None, zone, "known_to"),
        late=late,
    )
    return await journal_answer(model, which, "journal", limit=limit, cursor=cursor, accept=accept)


async def journal_answer(
    model: Reading, which: JournalFilter, name: str, *, limit: int, cursor: str | None, accept: str
) -> Response:
    """A page of these lines, or all of them in a file of this name."""
    form = format_of(accept)
    if form != "json":
        model.position = await model.ask(lambda c: follower_position(c, "journal"))
        return download(model, name, form, JOURNAL_COLUMNS, lambda c: _cells(c, which))
    after = _after(cursor) if cursor else (0, 0)
    rows = await model.ask(lambda c: journal(c, which, after=after, limit=limit + 1))
    shown = rows[:limit]
    more = written(str(shown[-1].position), str(shown[-1].line)) if len(rows) > limit else None
    return model.answer(Listed(items=[journal_line(row) for row in shown], next_cursor=more))


async def _cells(connection: Connection, which: JournalFilter) -> AsyncIterator[Row]:
    async for row in whole_journal(connection, which):
        yield journal_cells(row)


def _after(cursor: str) -> tuple[int, int]:
    position, line = read(cursor, 2)
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in (position, line)):
        raise bad_cursor()
    return int(position), int(line)
