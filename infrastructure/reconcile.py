"""Reads Stripe's ledger to its end and compares it with the journal, one balance transaction after the other.

What Stripe says is kept as it says it, in `ops.stripe_entry`. Reading again changes nothing; one that was broken off
goes on behind the last page that is kept. The window overlaps, because a list sorted by second may still grow at its
newest end while it is read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.balance_entry import BalanceEntry
from infrastructure.stripe_ledger import LedgerPage
from queries.reconciliation import COUNTS, Counts

Database = Connection[TupleRow]
OVERLAP: Final = timedelta(hours=1)
GRACE: Final = timedelta(hours=24)
BATCH_MAX: Final = 500


class Pages(Protocol):
    """Stripe's ledger, as stripe_ledger.py reads it."""

    def page(self, *, since: datetime | None, after_id: str | None) -> LedgerPage: ...


@dataclass(frozen=True, slots=True)
class Stray:
    """A balance transaction that no event of ours has booked; `source` is the object of Stripe's that caused it."""

    entry: BalanceEntry
    kind: str
    source: str | None
    ripe: bool


def read_ledger(database: Database, ledger: Pages) -> int:
    """Keep everything that is new in Stripe's ledger; how many there were. Each page is committed with its place."""
    new = 0
    while True:
        since, after_id = _place(database)
        page = ledger.page(since=since - OVERLAP if since else None, after_id=after_id)
        with database.transaction():
            new += _keep(database, page)
            _move_on(database, page)
        if not page.more:
            return new


def _place(database: Database) -> tuple[datetime | None, str | None]:
    row = database.execute("SELECT since, after_id FROM ops.stripe_reading").fetchone()
    assert row is not None
    return row[0], row[1]


def _keep(database: Database, page: LedgerPage) -> int:
    with database.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ops.stripe_entry"
            " (balance_transaction_id, kind, source, gross_minor, fee_minor, currency, made_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    one.entry.balance_transaction_id,
                    one.kind,
                    one.source,
                    one.entry.gross_minor,
                    one.entry.fee_minor,
                    one.entry.currency,
                    one.made_at,
                )
                for one in page.entries
            ],
        )
        return cursor.rowcount


def _move_on(database: Database, page: LedgerPage) -> None:
    """The first page tells what is newest; after the last one everything up to there is known."""
    if page.entries:
        database.execute(
            "UPDATE ops.stripe_reading SET newest = greatest(newest, %s), after_id = %s",
            (page.entries[0].made_at, page.entries[-1].entry.balance_transaction_id),
        )
    if not page.more:
        database.execute("UPDATE ops.stripe_reading SET since = coalesce(newest, since), after_id = NULL")


def compare(database: Database) -> Counts:
    """How many balance transactions agree and how many do not, as the journal has read the log."""
    row = database.execute(COUNTS.encode(), {}).fetchone()
    assert row is not None
    return Counts(*row)


def strays(database: Database) -> list[Stray]:
    """What only Stripe knows of and is not on suspense yet; `ripe` when it has been so for longer than the grace."""
    rows = database.execute(
        "SELECT s.balance_transaction_id, s.gross_minor, s.fee_minor, s.currency, s.kind, s.source,"
        "       s.seen_at < clock_timestamp() - %(grace)s"
        "  FROM ops.stripe_entry AS s"
        " WHERE NOT EXISTS (SELECT FROM read.journal AS j WHERE j.account = 'stripe.balance'"
        "                      AND j.provider_ref = s.balance_transaction_id)"
        " ORDER BY s.made_at LIMIT %(most)s",
        {"grace": GRACE, "most": BATCH_MAX},
    ).fetchall()
    return [Stray(BalanceEntry(*row[:4]), *row[4:]) for row in rows]


def explained(database: Database) -> list[str]:
    """Suspended balance transactions that another event has booked by now."""
    rows = database.execute(
        "SELECT provider_ref FROM read.journal WHERE account = 'stripe.balance'"
        "   AND provider_ref IN (SELECT provider_ref FROM read.journal WHERE account = 'suspense')"
        " GROUP BY provider_ref"
        " HAVING bool_or(topic NOT LIKE 'stray_entry.%') AND NOT bool_or(topic = 'stray_entry.identified')"
    ).fetchall()
    return [reference for (reference,) in rows]
