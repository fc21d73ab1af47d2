"""The books, for the people who keep them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.downloads import FILES, download, format_of, of_rows
from api.fields import Instant
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from domain.money import Money
from infrastructure.exports import Column, Row
from queries.business_clock import clock
from queries.closes import newest_close
from queries.rows import Connection
from queries.trial_balance import AccountRow, late_since, trial_balance, trial_balance_as_of

router = APIRouter(prefix="/finance", tags=["finance"])

_COLUMNS: Final = (
    Column("account"),
    Column("currency"),
    Column("debit", "money"),
    Column("credit", "money"),
    Column("late_debit", "money"),
    Column("late_credit", "money"),
    Column("debit_minor", "whole"),
    Column("credit_minor", "whole"),
)


class AccountView(BaseModel):
    account: str
    debit: MoneyView
    credit: MoneyView
    late_debit: MoneyView = Field(description="Of it, what the close of `closed_day` did not have though it should.")
    late_credit: MoneyView


class TrialBalance(BaseModel):
    items: list[AccountView]
    as_of: datetime
    known_at: datetime | None
    position: int
    closed_day: date | None = Field(description="The newest closed day that had ended by then; null if none.")


@dataclass(frozen=True, slots=True)
class _Balance:
    as_of: datetime
    accounts: list[AccountRow]
    closed_day: date | None
    late: dict[tuple[str, str], AccountRow]

    def late_of(self, row: AccountRow) -> AccountRow:
        return self.late.get((row.account, row.currency), AccountRow(row.account, row.currency, 0, 0))


@router.get(
    "/trial-balance",
    response_model=TrialBalance,
    responses={**errors(401, 403, 503), **FILES},
    summary="Debit and credit of all accounts",
)
async def get_trial_balance(
    _: SignedIn,
    read: Annotated[Reading, reading("journal")],
    as_of: Annotated[Instant | None, Query(description="What had taken effect by then; now if absent.")] = None,
    known_at: Annotated[Instant | None, Query(description="As far as it was known then, or now.")] = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    found = await read.ask(lambda c: _balance(c, as_of, known_at))
    form = format_of(accept)
    if form != "json":
        return download(read, "trial-balance", form, _COLUMNS, of_rows(_cells(row, found) for row in found.accounts))
    items = [_account(row, found.late_of(row)) for row in found.accounts]
    return read.answer(
        TrialBalance(
            items=items, as_of=found.as_of, known_at=known_at, position=read.position, closed_day=found.closed_day
        )
    )


async def _balance(connection: Connection, as_of: datetime | None, known_at: datetime | None) -> _Balance:
    at = as_of or (await clock(connection)).now
    if as_of is None and known_at is None:
        rows = await trial_balance(connection)
    else:
        rows = await trial_balance_as_of(connection, at, known_at)
    close = await newest_close(connection, at)
    if close is None or (known_at is not None and known_at < close.closed_at):
        return _Balance(at, rows, None, {})
    return _Balance(at, rows, close.day, await late_since(connection, close, known_at))


def _account(row: AccountRow, late: AccountRow) -> AccountView:
    return AccountView(
        account=row.account,
        debit=money(row.debit_minor, row.currency),
        credit=money(row.credit_minor, row.currency),
        late_debit=money(late.debit_minor, row.currency),
        late_credit=money(late.credit_minor, row.currency),
    )


def _cells(row: AccountRow, found: _Balance) -> Row:
    late = found.late_of(row)
    amounts = (row.debit_minor, row.credit_minor, late.debit_minor, late.credit_minor)
    shown = (Money(minor, row.currency) for minor in amounts)
    return (row.account, row.currency, *shown, row.debit_minor, row.credit_minor)
