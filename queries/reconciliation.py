"""Our journal against Stripe's balance transactions: what agrees, what does not, and what Stripe has yet to confirm."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from queries.rows import Connection, many, one

State = Literal["matched", "ours_only", "theirs_only", "different"]

# Each balance transaction once, with what each side says it did to the balance. What stands on suspense was booked
# because nobody knew it: it is still theirs only, until people of finance have said what it is.
_PAIRS = """
    WITH ours AS (
        SELECT provider_ref AS reference, min(currency) AS currency, sum(debit_minor - credit_minor)::bigint AS minor,
               min(at) AS at, min(topic) AS topic, min(booking_id::text)::uuid AS booking_id
          FROM read.journal AS j WHERE account = 'stripe.balance' AND (topic NOT LIKE 'stray_entry.%%' OR EXISTS (
               SELECT FROM read.journal AS s WHERE s.account = 'suspense' AND s.provider_ref = j.provider_ref
               HAVING bool_or(s.topic = 'stray_entry.explained') AND NOT bool_or(s.topic = 'stray_entry.identified')))
         GROUP BY provider_ref),
    theirs AS (
        SELECT balance_transaction_id AS reference, currency, gross_minor - fee_minor AS minor, made_at AS at, kind,
               source, seen_at
          FROM ops.stripe_entry),
    pair AS (
        SELECT reference, o.minor AS ours_minor, t.minor AS theirs_minor,
               coalesce(t.currency, o.currency) AS currency, coalesce(t.at, o.at) AS at, o.topic, t.kind, t.source,
               o.booking_id,
               CASE WHEN t.reference IS NULL THEN 'ours_only' WHEN o.reference IS NULL THEN 'theirs_only'
                    WHEN (o.minor, o.currency) = (t.minor, t.currency) THEN 'matched' ELSE 'different' END AS state,
               EXISTS (SELECT FROM read.journal AS j WHERE j.account = 'suspense' AND j.provider_ref = t.reference)
                   AS suspended,
               extract(epoch FROM clock_timestamp() - coalesce(t.seen_at, o.at))::float8 AS age_seconds
          FROM ours AS o FULL JOIN theirs AS t USING (reference))
"""

COUNTS = (
    _PAIRS
    + """
    SELECT count(*) FILTER (WHERE state = 'matched') AS matched,
           count(*) FILTER (WHERE state = 'ours_only') AS ours_only,
           count(*) FILTER (WHERE state = 'theirs_only') AS theirs_only,
           count(*) FILTER (WHERE state = 'different') AS different FROM pair
"""
)


@dataclass(frozen=True, slots=True)
class PairRow:
    """One balance transaction; `minor` amounts are net, as they move the balance. None: that side has none."""

    reference: str
    state: State
    currency: str
    ours_minor: int | None
    theirs_minor: int | None
    at: datetime
    topic: str | None
    kind: str | None
    source: str | None
    booking_id: UUID | None
    suspended: bool
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Counts:
    matched: int
    ours_only: int
    theirs_only: int
    different: int


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What one payment, payout or dispute still has on an account that must return to 0."""

    account: str
    stream_id: UUID
    currency: str
    minor: int
    since: datetime
    topic: str
    booking_id: UUID | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What our books say Stripe holds for us, and what its balance transactions add up to."""

    currency: str
    ours_minor: int
    theirs_minor: int


@dataclass(frozen=True, slots=True)
class RunRow:
    id: UUID
    started_at: datetime
    finished_at: datetime | None
    matched: int | None
    ours_only: int | None
    theirs_only: int | None
    different: int | None


async def pairs(
    connection: Connection, *, state: State | None, after: tuple[datetime, str] | None, limit: int
) -> list[PairRow]:
    """Oldest first; without `state` everything that does not agree."""
    return await many(
        connection,
        PairRow,
        _PAIRS + " SELECT * FROM pair WHERE CASE WHEN %(state)s::text IS NULL THEN state <> 'matched'"
        " ELSE state = %(state)s END"
        " AND (%(at)s::timestamptz IS NULL OR (at, reference) > (%(at)s, %(reference)s))"
        " ORDER BY at, reference LIMIT %(limit)s",
        {
            "state": state,
            "at": after[0] if after else None,
            "reference": after[1] if after else None,
            "limit": limit,
        },
    )


async def counts(connection: Connection) -> Counts:
    found = await one(
        connection,
        Counts,
        _PAIRS + " SELECT count(*) FILTER (WHERE state = 'matched') AS matched,"
        " count(*) FILTER (WHERE state = 'ours_only') AS ours_only,"
        " count(*) FILTER (WHERE state = 'theirs_only') AS theirs_only,"
        " count(*) FILTER (WHERE state = 'different') AS different FROM pair",
        {},
    )
    assert found is not None
    return found


async def waiting(connection: Connection, limit: int) -> list[WaitingRow]:
    """What is on clearing or suspense and for which payment, payout, dispute or balance transaction; oldest first."""
    return await many(
        connection,
        WaitingRow,
        "SELECT account, stream_id, currency, sum(debit_minor - credit_minor)::bigint AS minor, min(at) AS since,"
        "       (array_agg(topic ORDER BY position DESC))[1] AS topic, min(booking_id::text)::uuid AS booking_id,"
        "       (array_agg(provider_ref ORDER BY position DESC))[1] AS reference"
        "  FROM read.journal WHERE account IN ('stripe.clearing', 'suspense')"
        " GROUP BY account, stream_id, currency HAVING sum(debit_minor) <> sum(credit_minor)"
        " ORDER BY since, stream_id LIMIT %(limit)s",
        {"limit": limit},
    )


async def balances(connection: Connection) -> list[BalanceRow]:
    return await many(
        connection,
        BalanceRow,
        "SELECT currency, coalesce(o.minor, 0)::bigint AS ours_minor, coalesce(t.minor, 0)::bigint AS theirs_minor"
        "  FROM (SELECT currency, debit_minor - credit_minor AS minor FROM read.ledger_account"
        "         WHERE account = 'stripe.balance') AS o"
        "  FULL JOIN (SELECT currency, sum(gross_minor - fee_minor) AS minor FROM ops.stripe_entry GROUP BY currency)"
        "         AS t USING (currency) ORDER BY currency",
        {},
    )


async def latest_run(connection: Connection, run_id: UUID | None = None) -> RunRow | None:
    """The newest run, or this one."""
    return await one(
        connection,
        RunRow,
        "SELECT run_id AS id, started_at, finished_at, matched, ours_only, theirs_only, different"
        " FROM read.reconciliation WHERE %(run_id)s::uuid IS NULL OR run_id = %(run_id)s"
        " ORDER BY started_at DESC, run_id LIMIT 1",
        {"run_id": run_id},
    )
