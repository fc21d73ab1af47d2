"""Money that is stuck: each case with its age and amount, what happens next by itself, and one safe thing to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from queries.rows import Connection, many

CAPTURE_SOON: Final = "48 hours"
CLEARING_LATE: Final = "1 day"

Stuck = Literal[
    "unresolved_payment",
    "unresolved_refund",
    "unresolved_payout",
    "parked_task",
    "refund_owed_again",
    "refund_awaiting_approval",
    "authorisation_ends_soon",
    "clearing_not_seen",
]
STUCK_KINDS: Final[tuple[Stuck, ...]] = get_args(Stuck)


@dataclass(frozen=True, slots=True)
class StuckRow:
    """`about` is the payment, refund, payout or booking; `task_id` is what will be done about it, if there is one.

    `due_at` is when that is, `until` when it will be too late.
    """

    kind: Stuck
    about: UUID
    since: datetime
    age_seconds: int
    amount_minor: int | None
    currency: str | None
    task_id: UUID | None
    task_state: str | None
    due_at: datetime | None
    until: datetime | None
    why: str | None


_ANSWER: Final = "it was sent to Stripe and no answer came"

# Ages of what the log knows are on the business clock, those of tasks on the database's own.
_STUCK: Final = f"""
    WITH open_task AS (SELECT * FROM board.task WHERE state <> 'done'),
         stuck (kind, about, since, on_clock, amount_minor, currency, task_id, task_state, due_at, until, why) AS (
        SELECT 'unresolved_payment', p.payment_id, p.unresolved_since, 'business', p.amount_minor, p.currency,
               t.task_id, t.state, t.due_at, p.capture_before, p.unresolved_step || ': {_ANSWER}'
          FROM read.payment AS p
          LEFT JOIN LATERAL (
              SELECT * FROM open_task WHERE kind IN ('charge', 'capture', 'void')
                 AND (arguments->>'payment_id')::uuid = p.payment_id ORDER BY created_at DESC LIMIT 1) AS t ON true
         WHERE p.unresolved_since IS NOT NULL
        UNION ALL
        SELECT 'unresolved_refund', r.refund_id, r.unresolved_since, 'business', r.amount_minor, r.currency,
               t.task_id, t.state, t.due_at, NULL, '{_ANSWER}'
          FROM read.refund AS r
          LEFT JOIN open_task AS t ON t.kind = 'refund' AND (t.arguments->>'refund_id')::uuid = r.refund_id
         WHERE r.unresolved_since IS NOT NULL
        UNION ALL
        SELECT 'unresolved_payout', o.payout_id, o.unresolved_at, 'business', o.amount_minor, o.currency,
               t.task_id, t.state, t.due_at, NULL, o.unresolved_why
          FROM read.payout AS o
          LEFT JOIN LATERAL (
              SELECT * FROM open_task WHERE (arguments->>'payout_id')::uuid = o.payout_id
               ORDER BY created_at DESC LIMIT 1) AS t ON true
         WHERE o.status = 'unresolved'
        UNION ALL
        SELECT 'parked_task', t.task_id, t.created_at, 'board',
               coalesce(r.amount_minor, p.amount_minor, o.amount_minor), coalesce(r.currency, p.currency, o.currency),
               t.task_id, t.state, NULL, NULL, t.kind || ': ' || coalesce(t.last_error, 'unknown')
          FROM open_task AS t
          LEFT JOIN read.refund AS r ON r.refund_id = (t.arguments->>'refund_id')::uuid
          LEFT JOIN read.payment AS p ON p.payment_id = (t.arguments->>'payment_id')::uuid
          LEFT JOIN read.payout AS o ON o.payout_id = (t.arguments->>'payout_id')::uuid
         WHERE t.state = 'parked' AND p.unresolved_since IS NULL AND r.unresolved_since IS NULL
           AND o.status IS DISTINCT FROM 'unresolved'
        UNION ALL
        SELECT CASE status WHEN 'failed' THEN 'refund_owed_again' ELSE 'refund_awaiting_approval' END, refund_id,
               changed_at, 'business', amount_minor, currency, NULL, NULL, NULL, NULL,
               coalesce(failure_code, reason)
          FROM read.refund WHERE status IN ('failed', 'awaiting_approval')
        UNION ALL
        SELECT 'authorisation_ends_soon', booking_id, created_at, 'business', amount_minor, currency,
               NULL, NULL, NULL, capture_before, 'the card is charged nothing unless the vendor accepts before'
          FROM read.payment
         WHERE status = 'authorised' AND capture_before < ops.business_now() + interval '{CAPTURE_SOON}'
        UNION ALL
        SELECT 'clearing_not_seen', coalesce(booking_id, vendor_id), min(at), 'business',
               sum(debit_minor - credit_minor)::bigint, currency, NULL, NULL, NULL, NULL,
               'Stripe has not shown the balance transaction'
          FROM read.journal WHERE account = 'stripe.clearing'
         GROUP BY booking_id, vendor_id, currency
        HAVING sum(debit_minor) <> sum(credit_minor)
           AND max(at) < ops.business_now() - interval '{CLEARING_LATE}')
"""
_QUESTION: Final = f"""{_STUCK}
    SELECT kind, about, since, amount_minor, currency, task_id, task_state, due_at, until, why,
           extract(epoch FROM CASE on_clock WHEN 'board' THEN clock_timestamp() ELSE ops.business_now() END - since)
               ::bigint AS age_seconds
      FROM stuck ORDER BY since, about LIMIT %(limit)s
"""


async def stuck_money(connection: Connection, limit: int) -> list[StuckRow]:
    """Oldest first."""
    return await many(connection, StuckRow, _QUESTION, {"limit": limit})


@dataclass(frozen=True, slots=True)
class StuckCount:
    kind: Stuck
    cases: int


async def stuck_counts(connection: Connection) -> list[StuckCount]:
    """How many cases there are of each kind, for alarms."""
    return await many(connection, StuckCount, f"{_STUCK} SELECT kind, count(*) AS cases FROM stuck GROUP BY kind", {})
