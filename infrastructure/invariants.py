"""The invariants of domain.md, checked on the live database: each a sentence, and what contradicts it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.closes_replay import compare_closes
from infrastructure.event_log import head_of
from infrastructure.replay import compare
from projections.catalogue import PROJECTIONS

Database = Connection[TupleRow]
# Those that make rows; what only tells others (webhooks), or proves (the seal), changes nothing that is checked here.
_READERS: Final = [*PROJECTIONS, "react"]


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant, and what contradicts it: nothing if it holds."""

    invariant: str
    contradictions: tuple[str, ...]
    unchecked: str = ""  # Why it cannot be looked at just now.

    @property
    def holds(self) -> bool:
        return not self.contradictions


def check(database: Database) -> list[Finding]:
    """Check every invariant. Give it the owner's connection, and a system that has come to rest."""
    return [Finding(sentence, tuple(look(database))) for sentence, look, _ in _CHECKS]


def check_now(database: Database) -> list[Finding]:
    """Check what must hold at every moment, in one snapshot; the rest only if it shows followers level, or all at rest.

    That rebuilt equals live is left out: who asks for this has compared row by row.
    """
    findings = []
    with database.transaction():
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        at_work = _why_not_yet(database)
        for sentence, look, when in _CHECKS:
            if look is _rebuilt:
                continue
            why_not = at_work.get(when, "")
            findings.append(Finding(sentence, () if why_not else tuple(look(database)), why_not))
    return findings


def _why_not_yet(database: Database) -> dict[str, str]:
    """Why the checks of a kind would find what is only under way."""
    behind = _rows(
        database,
        f"SELECT name FROM unnest(ARRAY{_READERS}) AS name LEFT JOIN ops.follower AS f USING (name)"
        f" WHERE coalesce(f.position, 0) <> {head_of(database)}",
    )
    tasks = _rows(database, "SELECT count(*) FROM board.task WHERE state <> 'done' HAVING count(*) > 0")
    late = f"followers are behind: {', '.join(behind)}" if behind else ""
    return {"level": late, "rest": late or (f"{tasks[0]} tasks are not done" if tasks else "")}


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
    """Captured = refunded + still to be refunded + vendor's + platform's + lost + not yet earned, for each booking."""
    return _rows(
        database,
        """
        WITH per_booking AS (
            SELECT booking_id, currency,
                   sum(debit_minor) FILTER (WHERE topic = 'payment.captured') AS captured,
                   sum(debit_minor - credit_minor) FILTER (WHERE account = 'refund.payable'
                       AND topic IN ('payment.refund_succeeded', 'payment.refund_failed',
                                     'payment.refund_otherwise_paid')) AS refunded,
                   sum(credit_minor - debit_minor) FILTER (WHERE account = 'refund.payable') AS payable,
                   sum(credit_minor - debit_minor)
                       FILTER (WHERE account IN ('vendor.pending', 'vendor.available', 'vendor.reserved')) AS vendor,
                   sum(credit_minor - debit_minor) FILTER (WHERE account IN
                       ('commission.revenue', 'cancellation.revenue', 'goodwill', 'chargeback.loss')) AS platform,
                   sum(CASE account WHEN 'dispute.withdrawn' THEN credit_minor
                                    WHEN 'stripe.clearing' THEN -debit_minor
                                    WHEN 'dispute.fees' THEN credit_minor ELSE 0 END)
                       FILTER (WHERE topic IN ('dispute.won', 'dispute.lost', 'dispute.recovered')) AS lost,
                   sum(credit_minor - debit_minor) FILTER (WHERE account = 'booking.unearned') AS unearned
              FROM read.journal WHERE booking_id IS NOT NULL AND topic NOT LIKE 'stray_entry.%'
             GROUP BY booking_id, currency)
        SELECT * FROM per_booking
         WHERE coalesce(captured, 0) <> coalesce(refunded, 0) + coalesce(payable, 0) + coalesce(vendor, 0)
                                        + coalesce(platform, 0) + coalesce(lost, 0) + coalesce(unearned, 0)
        """,
    )


def _never_oversold(database: Database) -> list[str]:
    """Cells equal the sum of the claims on them."""
    return _rows(
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


def _claimed(database: Database) -> list[str]:
    """Claims equal what became of their bookings."""
    return _rows(
        database,
        """
        SELECT booking_id, b.status, coalesce(c.state, 'no claim')
          FROM read.booking AS b LEFT JOIN capacity.claim AS c USING (booking_id)
         WHERE c.state IS DISTINCT FROM CASE
                   WHEN b.status IN ('confirmed', 'completed', 'no_show') THEN 'sold'
                   WHEN b.status IN ('held', 'awaiting_payment', 'awaiting_vendor') AND c.state = 'held' THEN 'held'
                   ELSE 'freed' END
        """,
    )


def _paid_once(database: Database) -> list[str]:
    """No booking keeps more than it costs, and each payout is exactly its lines.

    A second charge that was kept, or a change that was paid twice, would be money that nobody can ever earn.
    """
    return _rows(
        database,
        """
        SELECT b.booking_id, b.status, j.currency, b.price_minor, sum(credit_minor - debit_minor)
          FROM read.journal AS j JOIN read.booking AS b USING (booking_id)
         WHERE account = 'booking.unearned' GROUP BY b.booking_id, j.currency
        HAVING sum(credit_minor - debit_minor) NOT BETWEEN 0 AND CASE
                   WHEN b.status = 'confirmed' AND b.paid AND b.currency = j.currency THEN b.price_minor ELSE 0 END
        """,
    ) + _rows(
        database,
        "SELECT p.payout_id, p.amount_minor, coalesce(sum(l.amount_minor), 0) FROM read.payout AS p"
        " LEFT JOIN read.payout_line AS l USING (payout_id)"
        " GROUP BY p.payout_id HAVING p.amount_minor <> coalesce(sum(l.amount_minor), 0)"
        " UNION ALL SELECT l.line_id, count(*), 0 FROM read.payout_line AS l JOIN read.payout USING (payout_id)"
        " WHERE NOT returned GROUP BY l.line_id HAVING count(*) > 1",
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
        f"{projection.name}.{table.table}: {table.total} rows differ, such as {table.rows[0]}"
        for projection in PROJECTIONS.values()
        for table in compare(database, projection)
    ]


def _gapless(database: Database) -> list[str]:
    positions = _rows(
        database,
        "SELECT 'events', count(*), 'positions', max(notification_id)"
        " FROM log.events_between(0, (SELECT max(notification_id) FROM log.events))"
        " HAVING count(*) <> coalesce(max(notification_id), 0)",
    )
    streams = _rows(
        database,
        "SELECT originator_id, count(*), max(originator_version)"
        " FROM log.events_between(0, (SELECT max(notification_id) FROM log.events))"
        " GROUP BY originator_id HAVING count(*) <> max(originator_version)",
    )
    stopped = _rows(database, "SELECT name, error_position, error FROM ops.follower WHERE error IS NOT NULL")
    return positions + streams + stopped


def _all_read(database: Database) -> list[str]:
    """But for the seal, which follows in its own time and says how far behind it is."""
    behind = f"position <> {head_of(database)}"
    return _rows(database, f"SELECT name, position FROM ops.follower WHERE name <> 'seal' AND {behind}")


# `always`: at every moment. `level`: when every follower has read to the end. `rest`: when no task is left, too.
_CHECKS: Final[tuple[tuple[str, Callable[[Database], list[str]], Literal["always", "level", "rest"]], ...]] = (
    ("every posting sums to 0 per currency", _balanced, "always"),
    ("clearing has returned to 0 and suspense is 0", _cleared, "rest"),
    (
        "for every booking: captured = refunded + refund payable + vendor + platform + lost + unearned",
        _bookings_add_up,
        "always",
    ),
    ("nothing is oversold, and cells equal the claims on them", _never_oversold, "always"),
    ("claims equal what the log says of their bookings", _claimed, "level"),
    ("no booking keeps more than it costs, and every payout equals its lines", _paid_once, "rest"),
    ("every vendor's balance equals its lines and its statement", _balances_follow, "always"),
    ("every daily close is what the log says of it, and holds the digest of the one before", compare_closes, "always"),
    ("every read model rebuilt from the log equals the live one, row for row", _rebuilt, "level"),
    ("positions and stream versions have no gap, and no follower has stopped", _gapless, "always"),
    ("every follower has read to the end", _all_read, "rest"),
)
