"""The books, for the people who keep them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.fields import Instant
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from queries.business_clock import clock
from queries.rows import Connection
from queries.trial_balance import AccountRow, trial_balance, trial_balance_as_of

router = APIRouter(prefix="/finance", tags=["finance"])


class AccountView(BaseModel):
    account: str
    debit: MoneyView
    credit: MoneyView


class TrialBalance(BaseModel):
    items: list[AccountView]
    as_of: datetime
    known_at: datetime | None
    position: int


@router.get(
    "/trial-balance",
    response_model=TrialBalance,
    responses=errors(401, 403, 503),
    summary="Debit and credit of all accounts",
)
async def get_trial_balance(
    _: SignedIn,
    read: Annotated[Reading, reading("journal")],
    as_of: Annotated[Instant | None, Query(description="What had taken effect by then; now if absent.")] = None,
    known_at: Annotated[Instant | None, Query(description="As far as it was known then, or now.")] = None,
) -> Response:
    async def question(connection: Connection) -> tuple[datetime, list[AccountRow]]:
        at = as_of or (await clock(connection)).now
        if as_of is None and known_at is None:
            return at, await trial_balance(connection)
        return at, await trial_balance_as_of(connection, at, known_at)

    at, rows = await read.ask(question)
    items = [_account(row) for row in rows]
    return read.answer(TrialBalance(items=items, as_of=at, known_at=known_at, position=read.position))


def _account(row: AccountRow) -> AccountView:
    return AccountView(
        account=row.account, debit=money(row.debit_minor, row.currency), credit=money(row.credit_minor, row.currency)
    )
