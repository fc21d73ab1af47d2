"""A vendor's statement: every amount earned, paid back and paid out, with the balance after it.

Lines stand in the order in which they became known, which is that of their positions; a line that took effect before
that is backdated (`known_at` is set). A balance starts from the totals of the days before, so that the last page of a
long statement costs what the first one costs.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row

from queries.closes import LATE
from queries.rows import Connection, many, one

_COLUMNS: Final = (
    "position, at, known_at, kind, booking_id, payout_id, currency, amount_minor,"
    f" CASE WHEN {LATE} THEN (at AT TIME ZONE %(zone)s)::date END AS late_for"
)
_SPAN: Final = (
    " FROM read.statement_line AS j WHERE vendor_id = %(vendor_id)s AND position BETWEEN %(first)s AND %(last)s"
)
_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class StatementRow:
    """`late_for`: the closed day in which it took effect, if it was recorded after that day's close."""

    position: int
    at: datetime
    known_at: datetime | None
    kind: str
    booking_id: UUID | None
    payout_id: UUID | None
    currency: str
    amount_minor: int
    balance_minor: int
    late_for: date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """`since <= at < before`, as it was known at `known_at`, behind `after_position`; days are told in `zone`."""

    vendor_id: UUID
    since: datetime | None = None
    before: datetime | None = None
    known_at: datetime | None = None
    after_position: int = 0
    zone: str = "UTC"

    def has(self, at: datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.before is None or at < self.before)


@dataclass(frozen=True, slots=True)
class _Line:
    position: int
    at: datetime
    known_at: datetime | None
    kind: str
    booking_id: UUID | None
    payout_id: UUID | None
    currency: str
    amount_minor: int
    late_for: date | None


@dataclass(frozen=True, slots=True)
class _Ends:
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class _Balance:
    currency: str
    amount_minor: int


async def vendor_statement(connection: Connection, wanted: Wanted, limit: int) -> tuple[list[StatementRow], int | None]:
    """At most `limit` lines, oldest first, and the position behind which there are more, or None."""
    ends = await _ends(connection, wanted)
    if ends.first is None or ends.last is None:
        return [], None
    balances = await _balances_before(connection, wanted.vendor_id, ends.first)
    parameters = {
        "vendor_id": wanted.vendor_id,
        "first": ends.first,
        "last": ends.last,
        "limit": limit,
        "zone": wanted.zone,
    }
    lines = await many(
        connection, _Line, f"SELECT {_COLUMNS}{_SPAN} ORDER BY position LIMIT %(limit)s", parameters, plan_anew=True
    )
    more = lines[-1].position if lines and lines[-1].position < ends.last else None
    return [row for row in (_after(line, balances) for line in lines) if wanted.has(row.at)], more


async def whole_statement(connection: Connection, wanted: Wanted) -> AsyncIterator[StatementRow]:
    """Every line, one at a time, however many there are: only some of them are ever in memory."""
    ends = await _ends(connection, wanted)
    if ends.first is None or ends.last is None:
        return
    balances = await _balances_before(connection, wanted.vendor_id, ends.first)
    parameters = {"vendor_id": wanted.vendor_id, "first": ends.first, "last": ends.last, "zone": wanted.zone}
    async with (
        connection.transaction(),
        connection.cursor(name="statement", row_factory=class_row(_Line)) as cursor,
    ):
        cursor.itersize = _BATCH
        await cursor.execute(f"SELECT {_COLUMNS}{_SPAN} ORDER BY position".encode(), parameters)
        async for line in cursor:
            row = _after(line, balances)
            if wanted.has(row.at):
                yield row


def _after(line: _Line, balances: dict[str, int]) -> StatementRow:
    balance_minor = balances[line.currency] = balances.get(line.currency, 0) + line.amount_minor
    return StatementRow(
        line.position,
        line.at,
        line.known_at,
        line.kind,
        line.booking_id,
        line.payout_id,
        line.currency,
        line.amount_minor,
        balance_minor,
        line.late_for,
    )


async def _ends(connection: Connection, wanted: Wanted) -> _Ends:
    """Between which positions the wanted lines are. Backdated ones are few and have an index of their own."""
    found = await one(
        connection,
        _Ends,
        """
        SELECT least((SELECT position FROM read.statement_line
                       WHERE vendor_id = %(vendor_id)s AND known_at IS NULL AND position > %(after)s AND at >= %(since)s
                       ORDER BY at, position LIMIT 1),
                     (SELECT min(position) FROM read.statement_line
                       WHERE vendor_id = %(vendor_id)s AND known_at IS NOT NULL AND position > %(after)s
                         AND at >= %(since)s)) AS first,
               greatest((SELECT position FROM read.statement_line
                          WHERE vendor_id = %(vendor_id)s AND known_at IS NULL AND position > %(after)s
                            AND at < %(before)s AND at <= %(known)s
                          ORDER BY at DESC, position DESC LIMIT 1),
                        (SELECT max(position) FROM read.statement_line
                          WHERE vendor_id = %(vendor_id)s AND known_at IS NOT NULL AND position > %(after)s
                            AND at < %(before)s AND known_at <= %(known)s)) AS last
        """,
        {
            "vendor_id": wanted.vendor_id,
            "after": wanted.after_position,
            "since": wanted.since or datetime(1970, 1, 1, tzinfo=UTC),
            "before": wanted.before or _FOR_EVER,
            "known": wanted.known_at or _FOR_EVER,
        },
    )
    assert found is not None
    return found


_FOR_EVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


async def _balances_before(connection: Connection, vendor_id: UUID, position: int) -> dict[str, int]:
    """By currency, of everything before this position: whole days, and the lines of the day before and of its own.

    The day before is taken line by line, because lines that are written in the same moment around midnight may stand in
    another order than their times.
    """
    parameters: dict[str, Any] = {"vendor_id": vendor_id, "position": position}
    at = await one(
        connection,
        _Known,
        "SELECT coalesce(known_at, at) AS known_at FROM read.statement_line"
        " WHERE vendor_id = %(vendor_id)s AND position = %(position)s",
        parameters,
    )
    assert at is not None
    day = (at.known_at.astimezone(UTC) - timedelta(days=1)).date()
    parameters |= {"day": day, "midnight": datetime(day.year, day.month, day.day, tzinfo=UTC)}
    found = await many(
        connection,
        _Balance,
        """
        SELECT currency, sum(amount_minor)::bigint AS amount_minor FROM (
            SELECT currency, amount_minor FROM read.statement_day WHERE vendor_id = %(vendor_id)s AND day < %(day)s
            UNION ALL
            SELECT currency, amount_minor FROM read.statement_line
             WHERE vendor_id = %(vendor_id)s AND known_at IS NULL AND at >= %(midnight)s AND position < %(position)s
            UNION ALL
            SELECT currency, amount_minor FROM read.statement_line
             WHERE vendor_id = %(vendor_id)s AND known_at >= %(midnight)s AND position < %(position)s
        ) AS earlier GROUP BY currency
        """,
        parameters,
        plan_anew=True,
    )
    return {row.currency: row.amount_minor for row in found}


@dataclass(frozen=True, slots=True)
class _Known:
    known_at: datetime
