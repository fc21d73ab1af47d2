"""The trial balance: debit and credit of every account, now or as of an instant. Both sides are equal per currency."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from queries.closes import CloseRow, closed_accounts
from queries.rows import Connection, many

_FOR_EVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


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


async def trial_balance_as_of(
    connection: Connection, as_of: datetime, known_at: datetime | None = None
) -> list[AccountRow]:
    """Everything that had taken effect up to and including `as_of`, as far as it was known at `known_at`.

    Whole days come from daily totals and only the entries of the days of these two instants are looked at, so that it
    costs the same after ten years as after one.
    """
    return await many(
        connection,
        AccountRow,
        """
        SELECT account, currency, sum(debit_minor)::bigint AS debit_minor, sum(credit_minor)::bigint AS credit_minor
          FROM (
            SELECT account, currency, debit_minor, credit_minor FROM read.account_day
             WHERE day < (%(day)s AT TIME ZONE 'UTC')::date AND known_day < (%(known_day)s AT TIME ZONE 'UTC')::date
            UNION ALL
            SELECT account, currency, debit_minor, credit_minor FROM read.journal
             WHERE at >= %(day)s AND at <= %(as_of)s AND coalesce(known_at, at) <= %(known_at)s
            UNION ALL
            SELECT account, currency, debit_minor, credit_minor FROM read.journal
             WHERE known_at IS NULL AND at < %(day)s AND at >= %(known_day)s AND at <= %(known_at)s
            UNION ALL
            SELECT account, currency, debit_minor, credit_minor FROM read.journal
             WHERE at < %(day)s AND known_at >= %(known_day)s AND known_at <= %(known_at)s
          ) AS moved
         GROUP BY account, currency ORDER BY currency, account
        """,
        _instants(as_of.astimezone(UTC), known_at.astimezone(UTC) if known_at else _FOR_EVER),
        plan_anew=True,
    )


async def late_since(
    connection: Connection, close: CloseRow, known_at: datetime | None = None
) -> dict[tuple[str, str], AccountRow]:
    """By account and currency, what came too late for a close: what is said of that day's end now, or was said at
    `known_at`, less what was sealed. Accounts of which nothing came late are left out.
    """
    last = close.cutoff - timedelta(microseconds=1)
    now = {(row.account, row.currency): row for row in await trial_balance_as_of(connection, last, known_at)}
    for sealed in await closed_accounts(connection, close.day):
        key = (sealed.account, sealed.currency)
        found = now.get(key, AccountRow(*key, 0, 0))
        late = (found.debit_minor - sealed.debit_minor, found.credit_minor - sealed.credit_minor)
        now[key] = AccountRow(*key, *late)
    return {key: row for key, row in now.items() if row.debit_minor or row.credit_minor}


def _instants(as_of: datetime, known_at: datetime) -> dict[str, datetime]:
    """With the beginnings of their days."""
    return {"as_of": as_of, "day": _midnight(as_of), "known_at": known_at, "known_day": _midnight(known_at)}


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
