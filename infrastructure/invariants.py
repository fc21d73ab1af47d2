"""The invariants of domain.md, checked on the live database: each a sentence, and what contradicts it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.event_log import head_of
from infrastructure.replay import compare
from projections.catalogue import PROJECTIONS

Database = Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant, and what contradicts it: nothing if it holds."""

    invariant: str
    contradictions: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.contradictions


def check(database: Database) -> list[Finding]:
    """Check every invariant. Give it the owner's connection, and a system that has come to rest."""
    return [Finding(sentence, tuple(look(database))) for sentence, look in _CHECKS]


def _rows(database: Database, query: str) -> list[str]:
    return [" ".join(str(value) for value in row) for row in database.execute(query.encode())]


def _balanced(database: Database) -> list[str]:
    return _rows(
        database,
        "SELECT position, currency, sum(debit_minor) - sum(credit_minor) FROM read.journal"
        " GROUP BY position, currency HAVING sum(debit_minor) <> sum(credit_minor)",
    )


def _cleared(database: Database) -> list[str]:
    return _rows(
        database,
        "SELECT account, currency, debit_minor - credit_minor FROM read.ledger_account"
        " WHERE account IN ('stripe.clearing', 'suspense') AND debit_minor <> credit_minor",
    )


def _bookings_add_up(database: Database) -> list[str]:
    """Captured = refunded + still to be refunded + vendor's + platform's + not yet earned, for each booking."""
    return _rows(
        database,
        """
        WITH per_booking AS (
            SELECT booking_id, currency,
                   sum(debit_minor) FILTER (WHERE topic = 'payment.captured') AS captured,
                   sum(debit_minor - credit_minor) FILTER (WHERE account = 'refund.payable'
                       AND topic IN ('payment.refund_succeeded', 'payment.refund_failed')) AS refunded,
                   sum(credit_minor - debit_minor) FILTER (WHERE account = 'refund.payable') AS payable,
                   sum(credit_minor - debit_minor) FILTER (WHERE account IN ('vendor.pending', 'vendor.available'))
                       AS vendor,
                   sum(credit_minor - debit_minor)
                       FILTER (WHERE account IN ('commission.revenue', 'cancellation.revenue', 'goodwill')) AS platform,
                   sum(credit_minor - debit_minor) FILTER (WHERE account = 'booking.unearned') AS unearned
              FROM read.journal WHERE booking_id IS NOT NULL GROUP BY booking_id, currency)
        SELECT * FROM per_booking
         WHERE coalesce(captured, 0) <> coalesce(refunded, 0) + coalesce(payable, 0) + coalesce(vendor, 0)
                                        + coalesce(platform, 0) + coalesce(unearned, 0)
        """,
    )


def _never_oversold(database: Database) -> list[str]:
    """Cells equal the sum of the claims on them, and claims equal what became of their bookings."""
    cells = _rows(
        database,
        """
        SELECT c.listing_id, c.starts_at, c.capacity, c.held, c.sold FROM capacity.cell AS c
          LEFT JOIN LATERAL (
              SELECT coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
                     coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0) AS sold
                FROM capacity.claim
               WHERE listing_id = c.listing_id
                 AND c.starts_at IN (SELECT capacity.cells_of(listing_id, starts_at, ends_at))
          ) AS claimed ON true
         WHERE c.held + c.sold > c.capacity OR (c.held, c.sold) <> (claimed.held, claimed.sold)
        """,
    )
    claims = _rows(
        database,
        """
        SELECT booking_id, b.status, coalesce(c.state, 'no claim')
          FROM read.booking AS b LEFT JOIN capacity.claim AS c USING (booking_id)
         WHERE c.state IS DISTINCT FROM CASE
                   WHEN b.status IN ('confirmed', 'completed') THEN 'sold'
                   WHEN b.status IN ('held', 'awaiting_payment') AND c.state = 'held' THEN 'held'
                   ELSE 'freed' END
        """,
    )
    return cells + claims


def _paid_once(database: Database) -> list[str]:
    """One charge a booking that was kept, one transfer a payout, and each payout exactly its lines."""
    return _rows(
        database,
        "SELECT booking_id, count(*) FROM read.payment"
        " WHERE captured_minor > refunded_minor AND status = 'captured' GROUP BY booking_id HAVING count(*) > 1",
    ) + _rows(
        database,
        "SELECT p.payout_id, p.amount_minor, coalesce(sum(l.amount_minor), 0) FROM read.payout AS p"
        " LEFT JOIN read.vendor_line AS l USING (payout_id)"
        " GROUP BY p.payout_id HAVING p.amount_minor <> coalesce(sum(l.amount_minor), 0)",
    )


def _balances_follow(database: Database) -> list[str]:
    """What the lines and the statement say a vendor has equals its balance."""
    return _rows(
        database,
        """
        SELECT vendor_id, currency, b.pending_minor, b.available_minor, lines.pending, lines.available, stated.total
          FROM read.vendor_balance AS b
          LEFT JOIN LATERAL (
              SELECT coalesce(sum(amount_minor) FILTER (WHERE state = 'pending'), 0) AS pending,
                     coalesce(sum(amount_minor) FILTER (WHERE state = 'available'), 0) AS available
                FROM read.vendor_line AS l WHERE (l.vendor_id, l.currency) = (b.vendor_id, b.currency)) AS lines ON true
          LEFT JOIN LATERAL (
              SELECT coalesce(sum(amount_minor), 0) AS total FROM read.statement_line AS s
               WHERE (s.vendor_id, s.currency) = (b.vendor_id, b.currency)) AS stated ON true
         WHERE (b.pending_minor, b.available_minor) <> (lines.pending, lines.available)
            OR b.pending_minor + b.available_minor + b.reserved_minor + b.in_transit_minor <> stated.total
        """,
    )


def _rebuilt(database: Database) -> list[str]:
    return [
        f"{projection.name}.{d.table}: {d.live_only} rows only live, {d.rebuilt_only} only rebuilt"
        for projection in PROJECTIONS.values()
        for d in compare(database, projection)
    ]


def _gapless(database: Database) -> list[str]:
    head = head_of(database)
    positions = _rows(
        database,
        "SELECT 'events', count(*), 'positions', max(notification_id) FROM log.events"
        " HAVING count(*) <> coalesce(max(notification_id), 0)",
    )
    streams = _rows(
        database,
        "SELECT originator_id, count(*), max(originator_version) FROM log.events"
        " GROUP BY originator_id HAVING count(*) <> max(originator_version)",
    )
    behind = _rows(
        database,
        f"SELECT name, position, error FROM ops.follower WHERE position <> {head} OR error IS NOT NULL",
    )
    return positions + streams + behind


_CHECKS: Final[tuple[tuple[str, Callable[[Database], list[str]]], ...]] = (
    ("every posting sums to 0 per currency", _balanced),
    ("clearing has returned to 0 and suspense is 0", _cleared),
    ("for every booking: captured = refunded + refund payable + vendor + platform + unearned", _bookings_add_up),
    ("nothing is oversold, and cells equal what the log says", _never_oversold),
    ("one charge a booking, and every payout equals its lines", _paid_once),
    ("every vendor's balance equals its lines and its statement", _balances_follow),
    ("every read model rebuilt from the log equals the live one, row for row", _rebuilt),
    ("positions and stream versions have no gap, and every follower has read to the end", _gapless),
)
