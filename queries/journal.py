"""The journal: entries in the order in which they were made, when they took effect and when they became known."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from queries.closes import LATE
from queries.rows import Connection, each, many


@dataclass(frozen=True, slots=True)
class JournalRow:
    """`late_for`: the closed day in which it took effect, if it was recorded after that day's close."""

    position: int
    line: int
    at: datetime
    known_at: datetime
    topic: str
    currency: str
    account: str
    owner_id: UUID | None
    debit_minor: int
    credit_minor: int
    booking_id: UUID | None
    vendor_id: UUID | None
    provider_ref: str | None
    late_for: date | None


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """`since <= effective < before` and `known_since <= known < known_before`; `behind` a position; `late` or not.

    Days are told in `zone`.
    """

    zone: str
    booking_id: UUID | None = None
    account: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    known_since: datetime | None = None
    known_before: datetime | None = None
    behind: int | None = None
    late: bool | None = None

    def parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


_KNOWN: Final = "coalesce(known_at, at)"
# What is not asked for stands in the query all the same, and costs nothing: the plan is made with what is.
_LINES: Final = f"""
    SELECT position, line, at, {_KNOWN} AS known_at, topic, currency, account, owner_id, debit_minor, credit_minor,
           booking_id, vendor_id, provider_ref, CASE WHEN {LATE} THEN (at AT TIME ZONE %(zone)s)::date END AS late_for
      FROM read.journal AS j
     WHERE (%(booking_id)s::uuid IS NULL OR booking_id = %(booking_id)s)
       AND (%(account)s::text IS NULL OR account = %(account)s)
       AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
       AND (%(before)s::timestamptz IS NULL OR at < %(before)s)
       AND (%(known_since)s::timestamptz IS NULL OR {_KNOWN} >= %(known_since)s)
       AND (%(known_before)s::timestamptz IS NULL OR {_KNOWN} < %(known_before)s)
       AND (%(behind)s::bigint IS NULL OR position > %(behind)s)
       AND (%(late)s::boolean IS NULL OR {LATE} = %(late)s)
"""


async def journal(
    connection: Connection, which: JournalFilter, *, after: tuple[int, int], limit: int
) -> list[JournalRow]:
    """Behind the entry `after` (position, line), oldest first."""
    return await many(
        connection,
        JournalRow,
        _LINES + " AND (position, line) > (%(position)s, %(line)s) ORDER BY position, line LIMIT %(limit)s",
        {**which.parameters(), "position": after[0], "line": after[1], "limit": limit},
        plan_anew=True,
    )


async def whole_journal(connection: Connection, which: JournalFilter) -> AsyncIterator[JournalRow]:
    """Every line, one at a time, however many there are."""
    async for row in each(connection, JournalRow, _LINES + " ORDER BY position, line", which.parameters()):
        yield row
