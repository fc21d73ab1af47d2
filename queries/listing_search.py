"""Search for listings: by words, place and kind, and by dates that have room. Newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.actor import Actor
from queries.listings import COLUMNS, OWNER, ListingRow, seen_by
from queries.rows import Connection, many
from queries.scope import After, Page, newest_first

# So many listings are asked for room for one page, however few have any: then the page ends, and its cursor goes on.
LOOKED_AT_MAX: Final = 1_000

# A night or departure that has not begun, is open, and has room; what is in a hold that has run out counts as room.
_ROOMY: Final = """
      FROM capacity.cell AS c
     WHERE c.listing_id = l.listing_id AND c.starts_at >= wanted.starts AND c.starts_at < wanted.ends
       AND c.starts_at > today.now AND NOT c.closed
       AND (c.held + c.sold + %(quantity)s <= c.capacity
            OR c.held > 0 AND c.held + c.sold + %(quantity)s
                              - capacity.expired_in(c.listing_id, c.starts_at, today.now) <= c.capacity)
"""


@dataclass(frozen=True, slots=True)
class Dates:
    """From `since` until before `until`: both local times (naive), read where the listing is, or both instants.

    A departure must begin in that time; a stay must have every night of it.
    """

    since: datetime
    until: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is None does not matter. `words` and `place` are found by their beginnings, in any order."""

    words: str | None = None
    place: str | None = None
    kind: str | None = None
    vendor_id: UUID | None = None
    status: str | None = None
    dates: Dates | None = None


@dataclass(frozen=True, slots=True)
class Candidate(ListingRow):
    has_room: bool
    looked_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """`more_after` is where the next page begins, if there is one."""

    rows: list[Candidate]
    more_after: After | None


async def search(connection: Connection, actor: Actor, page: Page, wanted: Wanted) -> Found:
    """What is on offer, and for its vendor and for staff everything else too."""
    rows = await many(connection, Candidate, question(wanted), parameters(actor, page, wanted), plan_anew=True)
    shown = [row for row in rows if row.has_room][: page.limit]
    if len(rows) > page.limit:
        last = shown[-1]
    elif rows and rows[-1].looked_at == LOOKED_AT_MAX:
        last = rows[-1]
    else:
        return Found(shown, None)
    return Found(shown, After(last.created_at, last.id))


def question(wanted: Wanted) -> str:
    """Only what was asked for stands in the SQL, so that it is planned for just that."""
    listings = f"read.listing WHERE {_conditions(wanted)}"
    if wanted.dates is None:
        return f"SELECT {COLUMNS}, true AS has_room, 0 AS looked_at FROM {listings} LIMIT %(limit)s"
    # Row by row in the order of the index: what comes after the end of the page is never looked at.
    return f"""
        WITH today AS MATERIALIZED (SELECT ops.business_now() AS now)
        SELECT * FROM (
            SELECT {COLUMNS}, {_has_room(wanted.dates)} AS has_room,
                   row_number() OVER (ORDER BY created_at DESC, listing_id) AS looked_at
              FROM (SELECT * FROM {listings} LIMIT %(looked_at)s) AS l CROSS JOIN today
        ) AS candidate WHERE has_room OR looked_at = %(looked_at)s ORDER BY created_at DESC, id LIMIT %(limit)s
    """


def _conditions(wanted: Wanted) -> str:
    conditions = [f"(status = 'published' OR {OWNER})"]
    if wanted.words is not None:
        conditions.append("search @@ read.words_wanted(%(words)s, '')")
    if wanted.place is not None:
        conditions.append("search @@ read.words_wanted(%(place)s, 'B')")
    conditions += [
        f"{column} = %({column})s" for column in ("kind", "vendor_id", "status") if getattr(wanted, column) is not None
    ]
    return " AND ".join(conditions) + newest_first("listing_id")


def _has_room(dates: Dates) -> str:
    zoned = dates.since.tzinfo is not None
    at, day = (
        ("%({})s::timestamptz", "(%({})s::timestamptz AT TIME ZONE l.time_zone)::date")
        if zoned
        else ("%({})s::timestamp AT TIME ZONE l.time_zone", "%({})s::timestamp::date")
    )
    departure = f"EXISTS (SELECT {_ROOMY})"
    nights = f"{day.format('until')} - {day.format('since')}"
    stay = f"(SELECT count(*) {_ROOMY}) = greatest(1, {nights})"
    return (
        f"(SELECT CASE l.kind WHEN 'stay' THEN {stay} ELSE {departure} END"
        f" FROM (SELECT {at.format('since')} AS starts, {at.format('until')} AS ends) AS wanted)"
    )


def parameters(actor: Actor, page: Page, wanted: Wanted) -> dict[str, Any]:
    """What the SQL of `question` is asked with."""
    dates = wanted.dates
    return {
        **seen_by(actor),
        **page.parameters(),
        "words": wanted.words,
        "place": wanted.place,
        "kind": wanted.kind,
        "vendor_id": wanted.vendor_id,
        "status": wanted.status,
        "looked_at": LOOKED_AT_MAX,
        **({"since": dates.since, "until": dates.until, "quantity": dates.quantity} if dates else {}),
    }
