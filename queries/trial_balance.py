"""The trial balance: debit and credit of every account, now or as of an instant. Both sides are equal per currency."""

from dataclasses import dataclass
from datetime import datetime

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class AccountRow:
    account: str
    currency: str
    debit_minor: int
    credit_minor: int


async def trial_balance(connection: Connection) -> list[AccountRow]:
    return await many(
        connection,
        AccountRow,
        "SELECT account, currency, debit_minor, credit_minor FROM read.ledger_account ORDER BY currency, account",
        {},
    )


async def trial_balance_as_of(connection: Connection, as_of: datetime) -> list[AccountRow]:
    """Every entry of the journal up to and including that instant."""
    return await many(
        connection,
        AccountRow,
        "SELECT account, currency, sum(debit_minor)::bigint AS debit_minor, sum(credit_minor)::bigint AS credit_minor"
        " FROM read.journal WHERE at <= %(as_of)s GROUP BY account, currency ORDER BY currency, account",
        {"as_of": as_of},
    )
