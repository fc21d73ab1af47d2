"""The chain behind a cent: what happened, by whose command, in which request; tasks, postings, payouts, refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from queries.rows import Connection, many
from queries.trace_subject import Asked, Subject, subject_of

EVENTS_MAX: Final = 1_000
ROWS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """`correlation_id` is that of the HTTP request, or of the task, that the command came from."""

    position: int
    stream: UUID
    version: int
    topic: str
    recorded_at: datetime
    actor: UUID | None
    role: str
    command: str
    correlation_id: str
    causation_id: str | None


@dataclass(frozen=True, slots=True)
class TracedTask:
    """What `react` made of the event at `caused_by`."""

    task_id: UUID
    kind: str
    state: str
    caused_by: int | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class TracedPosting:
    position: int
    line: int
    account: str
    currency: str
    debit_minor: int
    credit_minor: int
    booking_id: UUID | None
    provider_ref: str | None


@dataclass(frozen=True, slots=True)
class TracedLine:
    """A line of a payout."""

    payout_id: UUID
    line_id: UUID
    booking_id: UUID | None
    kind: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class StripeObject:
    """`of` is what it is to us: a payment, refund, dispute, payout, or a movement of Stripe's balance."""

    id: str
    kind: str
    of: UUID | None


@dataclass(frozen=True, slots=True)
class TracedRefusal:
    position: int
    recorded_at: datetime
    command: str
    code: str
    times: int
    actor: UUID | None
    role: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything in the order of the log. `is_cut`: there is more of it than is shown."""

    bookings: list[UUID]
    payouts: list[UUID]
    stripe: list[StripeObject]
    events: list[TracedEvent]
    tasks: list[TracedTask]
    postings: list[TracedPosting]
    payout_lines: list[TracedLine]
    refused: list[TracedRefusal]
    is_cut: bool


_STREAMS: Final = """
    SELECT payment_id FROM read.payment WHERE booking_id = ANY(%(bookings)s)
     UNION SELECT dispute_id FROM read.dispute WHERE booking_id = ANY(%(bookings)s)
     UNION SELECT payout_id FROM read.payout_line WHERE booking_id = ANY(%(bookings)s)
"""
_LEDGER: Final = "SELECT position FROM read.journal WHERE booking_id = ANY(%(bookings)s) LIMIT %(limit)s"
_EVENTS: Final = """
    WITH found AS (
        SELECT * FROM log.events_of(%(streams)s::uuid[])
         UNION ALL
        SELECT e.* FROM log.events_at(%(positions)s) AS e
         WHERE e.originator_id <> ALL(%(streams)s::uuid[])
    )
    SELECT notification_id AS position, originator_id AS stream, originator_version AS version, topic, recorded_at,
           (metadata->'by'->>'account_id')::uuid AS actor, metadata->'by'->>'role' AS role,
           metadata->>'command' AS command, metadata->>'correlation_id' AS correlation_id,
           metadata->>'causation_id' AS causation_id
      FROM found ORDER BY notification_id LIMIT %(limit)s
"""
_TASKS: Final = """
    SELECT task_id, kind, state, caused_by, created_at, done_at FROM board.task
     WHERE caused_by = ANY(%(positions)s) OR task_id::text = ANY(%(causes)s)
     ORDER BY caused_by, task_id LIMIT %(limit)s
"""
_POSTINGS: Final = """
    SELECT position, line, account, currency, debit_minor, credit_minor, booking_id, provider_ref FROM read.journal
     WHERE position = ANY(%(positions)s) ORDER BY position, line LIMIT %(limit)s
"""
_LINES: Final = """
    SELECT payout_id, line_id, booking_id, kind, currency, amount_minor FROM read.payout_line
     WHERE booking_id = ANY(%(bookings)s) OR payout_id = ANY(%(payouts)s)
     ORDER BY payout_id, earned_at, line_id LIMIT %(limit)s
"""
_STRIPE: Final = """
    WITH ours AS (
        SELECT intent_id AS id, 'payment_intent' AS kind, payment_id AS of FROM read.payment
         WHERE booking_id = ANY(%(bookings)s)
         UNION SELECT charge_id, 'charge', payment_id FROM read.payment WHERE booking_id = ANY(%(bookings)s)
         UNION SELECT r.stripe_refund_id, 'refund', r.refund_id
                 FROM read.payment AS p JOIN read.refund AS r USING (payment_id) WHERE p.booking_id = ANY(%(bookings)s)
         UNION SELECT stripe_dispute_id, 'dispute', dispute_id FROM read.dispute WHERE booking_id = ANY(%(bookings)s)
         UNION SELECT transfer_id, 'transfer', payout_id FROM read.payout WHERE payout_id = ANY(%(payouts)s)
         UNION SELECT stripe_payout_id, 'payout', payout_id FROM read.payout WHERE payout_id = ANY(%(payouts)s)
         UNION SELECT reversal_id, 'transfer_reversal', payout_id FROM read.payout WHERE payout_id = ANY(%(payouts)s)
    )
    SELECT id, kind, of FROM ours WHERE id IS NOT NULL
     UNION SELECT e.balance_transaction_id, 'balance_transaction', ours.of FROM ours
             JOIN ops.stripe_entry AS e ON e.source = ours.id
     ORDER BY kind, id LIMIT %(limit)s
"""
_REFUSED: Final = """
    SELECT DISTINCT ON (notification_id) notification_id AS position, recorded_at, said->>'command' AS command,
           said->>'code' AS code, (said->>'times')::integer AS times, (metadata->'by'->>'account_id')::uuid AS actor,
           metadata->'by'->>'role' AS role, metadata->>'correlation_id' AS correlation_id
      FROM (
        SELECT *, log.said(state) AS said FROM log.events
         WHERE topic = 'command.refused' AND metadata->>'correlation_id' = ANY(%(requests)s)
         UNION ALL
        SELECT e.*, log.said(e.state) FROM unnest(%(things)s::jsonb[]) AS named(thing)
          JOIN log.events AS e ON e.topic = 'command.refused' AND (log.said(e.state)->'things') @> named.thing
      ) AS refused ORDER BY notification_id LIMIT %(limit)s
"""


async def trace(connection: Connection, asked: Asked, *, upto: int) -> Trace | None:
    """None if nothing is known by that name. What the log says is as of now; the rest as far as the read models are."""
    subject = await subject_of(connection, asked, upto=upto)
    await _widen(connection, subject)
    seen = await _events(connection, subject)
    requests = {event.correlation_id for event in seen} | ({asked.correlation} if asked.correlation else set())
    refused = await _refused(connection, subject, sorted(requests))
    if not seen and not refused:
        return None
    names = {
        "bookings": list(subject.bookings),
        "payouts": list(subject.payouts),
        "positions": [event.position for event in seen],
        "causes": sorted({event.causation_id for event in seen if event.causation_id}),
        "limit": ROWS_MAX,
    }
    return Trace(
        bookings=sorted(subject.bookings),
        payouts=sorted(subject.payouts),
        stripe=await many(connection, StripeObject, _STRIPE, names, plan_anew=True),
        events=seen[:EVENTS_MAX],
        tasks=await many(connection, TracedTask, _TASKS, names, plan_anew=True),
        postings=await many(connection, TracedPosting, _POSTINGS, names, plan_anew=True),
        payout_lines=await many(connection, TracedLine, _LINES, names, plan_anew=True),
        refused=refused,
        is_cut=len(seen) > EVENTS_MAX,
    )


async def _widen(connection: Connection, subject: Subject) -> None:
    """A booking brings its payments, disputes and payouts, and what the ledgers say of it."""
    bookings = list(subject.bookings)
    cursor = await connection.execute(_STREAMS, {"bookings": bookings}, prepare=False)
    subject.streams |= {stream for (stream,) in await cursor.fetchall()} | subject.bookings | subject.payouts
    cursor = await connection.execute(_LEDGER, {"bookings": bookings, "limit": EVENTS_MAX}, prepare=False)
    subject.positions |= {position for (position,) in await cursor.fetchall()}
    cursor = await connection.execute(
        "SELECT DISTINCT payout_id FROM read.payout_line WHERE booking_id = ANY(%s)", (bookings,), prepare=False
    )
    subject.payouts |= {payout_id for (payout_id,) in await cursor.fetchall()}


async def _events(connection: Connection, subject: Subject) -> list[TracedEvent]:
    """One more than may be shown, if there are more."""
    return await many(
        connection,
        TracedEvent,
        _EVENTS,
        {"streams": list(subject.streams), "positions": list(subject.positions), "limit": EVENTS_MAX + 1},
        plan_anew=True,
    )


async def _refused(connection: Connection, subject: Subject, requests: Sequence[str]) -> list[TracedRefusal]:
    """Of these requests, and whatever named one of its streams."""
    things = [
        f'{{"{name}": "{stream}"}}'
        for name in ("booking_id", "payment_id", "refund_id", "dispute_id", "payout_id")
        for stream in subject.streams
    ]
    return await many(
        connection,
        TracedRefusal,
        _REFUSED,
        {"requests": list(requests), "things": things, "limit": ROWS_MAX},
        plan_anew=True,
    )
