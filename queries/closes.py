"""Closed days: which there are, what each of them sealed, and how the books stand for the next one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.daily_close import AccountTotal, Comparison, Standing
from queries.rows import Connection, many, one

# One statement and so one snapshot: how far the journal has been written, what all accounts had moved by then without
# what takes effect from `cutoff` on, and the newest finished comparison with Stripe. `behind`: something recorded
# before `cutoff` is not in the journal yet, so it is too early to close.
STANDING: Final = """
    WITH follower AS (SELECT coalesce(max(position), 0) AS position FROM ops.follower WHERE name = 'journal'),
    moved AS (
        SELECT account, currency, debit_minor, credit_minor FROM read.ledger_account
        UNION ALL
        SELECT account, currency, -debit_minor, -credit_minor FROM read.account_day WHERE day >= %(next_day)s
        UNION ALL
        SELECT account, currency, -debit_minor, -credit_minor FROM read.journal
         WHERE at >= %(cutoff)s AND at < %(next_midnight)s),
    total AS (
        SELECT account, currency, sum(debit_minor)::bigint AS debit, sum(credit_minor)::bigint AS credit
          FROM moved GROUP BY account, currency HAVING sum(debit_minor) <> 0 OR sum(credit_minor) <> 0)
    SELECT f.position,
           coalesce((SELECT json_agg(json_build_array(account, currency, debit::text, credit::text)
                                     ORDER BY account COLLATE "C", currency COLLATE "C") FROM total), '[]') AS totals,
           (SELECT json_build_object('run_id', run_id, 'matched', matched, 'ours_only', ours_only,
                                     'theirs_only', theirs_only, 'different', different)
              FROM read.reconciled ORDER BY position DESC LIMIT 1) AS comparison,
           %(cutoff)s <= ops.business_now()
           AND EXISTS (SELECT FROM log.events_between(f.position, 9223372036854775807)
                        WHERE recorded_at + (SELECT ahead FROM ops.clock) < %(cutoff)s) AS behind
      FROM follower AS f
"""

# The day to close next: the one after the newest close, or else that of the first entry. No row: no entry yet.
NEXT_DAY: Final = """
    SELECT coalesce((SELECT max(day) + 1 FROM read.daily_close),
                    (coalesce(known_at, at) AT TIME ZONE %(zone)s)::date) AS day,
           NOT EXISTS (SELECT FROM read.daily_close) AS is_first
      FROM read.journal ORDER BY position, line LIMIT 1
"""

# Of a journal line `j`: whether the newest close before it had already closed the time at which it took effect. The
# closes of a catching-up have one position, so their order is that of position and day.
LATE: Final = """coalesce((
    SELECT c.cutoff > j.at FROM read.daily_close AS c WHERE c.position < j.position
     ORDER BY c.position DESC, c.day DESC LIMIT 1), false)"""

_COLUMNS: Final = (
    "day, close_id, time_zone, cutoff, position, clearing_is_zero, suspense_is_zero, run_id, matched, ours_only,"
    " theirs_only, different, previous, digest, closed_at"
)


@dataclass(frozen=True, slots=True)
class CloseRow:
    day: date
    close_id: UUID
    time_zone: str
    cutoff: datetime
    position: int
    clearing_is_zero: bool
    suspense_is_zero: bool
    run_id: UUID | None
    matched: int | None
    ours_only: int | None
    theirs_only: int | None
    different: int | None
    previous: str | None
    digest: str
    closed_at: datetime

    @property
    def comparison(self) -> Comparison | None:
        match self.run_id, self.matched, self.ours_only, self.theirs_only, self.different:
            case UUID() as run_id, int(matched), int(ours_only), int(theirs_only), int(different):
                return Comparison(run_id, matched, ours_only, theirs_only, different)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class NextDay:
    day: date
    is_first: bool


@dataclass(frozen=True, slots=True)
class StandingRow:
    """As `STANDING` has it; amounts are texts on their way."""

    position: int
    totals: list[tuple[str, str, str, str]]
    comparison: dict[str, Any] | None
    behind: bool

    def standing(self) -> Standing:
        totals = tuple(
            AccountTotal(account, unit, int(debit), int(credit)) for account, unit, debit, credit in self.totals
        )
        found = self.comparison
        return Standing(
            self.position, totals, Comparison(**{**found, "run_id": UUID(found["run_id"])}) if found else None
        )


def standing_at(cutoff: datetime) -> Mapping[str, Any]:
    """The parameters of `STANDING` for the instant at which a day ends."""
    utc = cutoff.astimezone(UTC)
    next_midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {"cutoff": cutoff, "next_midnight": next_midnight, "next_day": next_midnight.date()}


async def standing(connection: Connection, cutoff: datetime) -> StandingRow:
    found = await one(connection, StandingRow, STANDING, standing_at(cutoff))
    assert found is not None
    return found


async def next_day(connection: Connection, zone: str) -> NextDay | None:
    return await one(connection, NextDay, NEXT_DAY, {"zone": zone})


async def closes(connection: Connection, *, before: date | None, limit: int) -> list[CloseRow]:
    """Newest day first."""
    return await many(
        connection,
        CloseRow,
        f"SELECT {_COLUMNS} FROM read.daily_close WHERE %(before)s::date IS NULL OR day < %(before)s"
        " ORDER BY day DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )


async def close_of(connection: Connection, day: date) -> CloseRow | None:
    return await one(connection, CloseRow, f"SELECT {_COLUMNS} FROM read.daily_close WHERE day = %(day)s", {"day": day})


async def newest_close(connection: Connection, at: datetime) -> CloseRow | None:
    """The newest day that had ended by this instant and is closed."""
    return await one(
        connection,
        CloseRow,
        f"SELECT {_COLUMNS} FROM read.daily_close WHERE cutoff <= %(at)s ORDER BY day DESC LIMIT 1",
        {"at": at},
    )


async def closed_accounts(connection: Connection, day: date) -> list[AccountTotal]:
    return await many(
        connection,
        AccountTotal,
        "SELECT account, currency, debit_minor, credit_minor FROM read.close_account"
        " WHERE day = %(day)s ORDER BY currency, account",
        {"day": day},
    )
