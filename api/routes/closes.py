"""The daily close: days that are sealed, what each of them sealed, and what came too late for it."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.downloads import FILES
from api.edge import TheEdge
from api.fields import Body, Day
from api.paging import Cursor, Limit, Listed, bad_cursor, read, written
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import NotCaughtUp
from api.routes.journal import journal_answer
from api.views.close import (
    ClosedAccountView,
    CloseView,
    CloseWithAccounts,
    close_made,
    close_view,
    closed_accounts_view,
)
from api.views.journal import JournalLine
from commands.close_books import CloseBooks
from domain.periods import cutoff_of
from queries.closes import CloseRow, NextDay, StandingRow, close_of, closed_accounts, closes, next_day, standing
from queries.journal import JournalFilter
from queries.rows import Connection
from queries.trial_balance import late_since

router = APIRouter(prefix="/finance/closes", tags=["finance"])

Books = Annotated[Reading, reading("journal")]
_FIRST_DAY: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NewClose(Body):
    day: Day


@router.post(
    "", status_code=201, response_model=CloseView, responses=errors(401, 403, 409, 503), summary="Close a day's books"
)
async def close_day(edge: TheEdge, desk: TheDesk, model: Books, body: NewClose) -> Response:
    """Days are closed in order, each once: one that is closed already answers as it was closed."""
    zone = edge.house.settings.platform_time_zone
    cutoff = cutoff_of(body.day + timedelta(days=1), zone)

    async def question(connection: Connection) -> tuple[NextDay | None, StandingRow]:
        return await next_day(connection, zone), await standing(connection, cutoff)

    following, books = await model.ask(question)
    if books.behind:
        raise NotCaughtUp
    is_first = following is not None and following.is_first and following.day == body.day
    return await desk.carry_out(CloseBooks(body.day, zone, books.standing(), is_first), HTTPStatus.CREATED, close_made)


@router.get("", response_model=Listed[CloseView], responses=errors(401, 403, 503), summary="Closed days, newest first")
async def list_closes(_: SignedIn, model: Books, limit: Limit = 50, cursor: Cursor = None) -> Response:
    before = _before(cursor) if cursor else None
    rows = await model.ask(lambda c: closes(c, before=before, limit=limit + 1))
    shown = rows[:limit]
    more = written(shown[-1].day.isoformat()) if len(rows) > limit else None
    return model.answer(Listed(items=[close_view(row) for row in shown], next_cursor=more))


@router.get(
    "/{day}",
    response_model=CloseWithAccounts,
    responses=errors(401, 403, 404, 503),
    summary="A closed day: every account as it was sealed, and what came late",
)
async def get_close(_: SignedIn, model: Books, day: Day) -> Response:
    async def question(connection: Connection) -> tuple[CloseRow, list[ClosedAccountView]] | None:
        row = await close_of(connection, day)
        if row is None:
            return None
        return row, closed_accounts_view(await closed_accounts(connection, day), await late_since(connection, row))

    row, accounts = await model.find(question)
    return model.answer(CloseWithAccounts(**dict(close_view(row)), accounts=accounts))


@router.get(
    "/{day}/late-entries",
    response_model=Listed[JournalLine],
    responses={**errors(401, 403, 404, 503), **FILES},
    summary="What took effect on a closed day and was recorded after its close",
)
async def list_late_entries(
    _: SignedIn, model: Books, day: Day, limit: Limit = 50, cursor: Cursor = None, accept: Annotated[str, Header()] = ""
) -> Response:
    """For the first closed day also what took effect before it."""

    async def question(connection: Connection) -> tuple[CloseRow, CloseRow | None] | None:
        row = await close_of(connection, day)
        return (row, await close_of(connection, day - timedelta(days=1))) if row else None

    row, before = await model.find(question)
    since = before.cutoff if before else _FIRST_DAY
    which = JournalFilter(row.time_zone, since=since, before=row.cutoff, behind=row.position)
    return await journal_answer(model, which, f"late-{day}", limit=limit, cursor=cursor, accept=accept)


def _before(cursor: str) -> date:
    (text,) = read(cursor, 1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_cursor() from None
