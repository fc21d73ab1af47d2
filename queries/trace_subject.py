"""What is asked for in a trace, whatever it is called: the bookings, payouts and other streams that it belongs to."""

from dataclasses import dataclass, field
from typing import Final, LiteralString
from uuid import UUID

from domain.ids import request_key, vendor_stream_id
from queries.rows import Connection
from queries.trail import laid_to, to_look_at


@dataclass(frozen=True, slots=True)
class Asked:
    """One of these. `position` is also what names an entry of the journal or a line of a statement."""

    position: int | None = None
    booking: UUID | None = None
    payment: UUID | None = None
    refund: UUID | None = None
    payout: UUID | None = None
    line: UUID | None = None
    stream: UUID | None = None
    stripe: str | None = None
    correlation: str | None = None


@dataclass(slots=True)
class Subject:
    """Where its chain is to be looked for."""

    bookings: set[UUID] = field(default_factory=set)
    payouts: set[UUID] = field(default_factory=set)
    streams: set[UUID] = field(default_factory=set)
    positions: set[int] = field(default_factory=set)


# Each answers (booking, payout, another stream), with nulls for what a row does not say.
_BY_STREAM: Final = """
    SELECT booking_id, NULL::uuid, booking_id FROM read.booking WHERE booking_id = ANY(%(ids)s)
     UNION ALL SELECT booking_id, NULL, payment_id FROM read.payment WHERE payment_id = ANY(%(ids)s)
     UNION ALL SELECT booking_id, NULL, payment_id FROM read.refund WHERE refund_id = ANY(%(ids)s)
     UNION ALL SELECT booking_id, NULL, dispute_id FROM read.dispute WHERE dispute_id = ANY(%(ids)s)
     UNION ALL SELECT NULL, payout_id, payout_id FROM read.payout WHERE payout_id = ANY(%(ids)s)
     UNION ALL SELECT booking_id, payout_id, NULL FROM read.payout_line WHERE line_id = ANY(%(ids)s)
     UNION ALL SELECT booking_id, payout_id, NULL FROM read.vendor_line WHERE line_id = ANY(%(ids)s)
"""
# A balance transaction is of an object, and an object has balance transactions: `named` are both.
_BY_STRIPE: Final = """
    WITH named AS (
        SELECT %(name)s::text AS name
         UNION SELECT source FROM ops.stripe_entry WHERE balance_transaction_id = %(name)s AND source IS NOT NULL
         UNION SELECT balance_transaction_id FROM ops.stripe_entry WHERE source = %(name)s
    )
    SELECT booking_id, NULL::uuid, payment_id FROM named JOIN read.payment ON intent_id = name
     UNION ALL SELECT booking_id, NULL, payment_id FROM named JOIN read.payment ON charge_id = name
     UNION ALL SELECT booking_id, NULL, payment_id FROM named JOIN read.refund ON stripe_refund_id = name
     UNION ALL SELECT booking_id, NULL, dispute_id FROM named JOIN read.dispute ON stripe_dispute_id = name
     UNION ALL SELECT NULL, payout_id, payout_id FROM named JOIN read.payout ON transfer_id = name
     UNION ALL SELECT NULL, payout_id, payout_id FROM named JOIN read.payout ON stripe_payout_id = name
     UNION ALL SELECT NULL, payout_id, payout_id FROM named JOIN read.payout ON reversal_id = name
     UNION ALL SELECT booking_id, NULL, entry_id FROM named JOIN read.stray_entry ON balance_transaction_id = name
     UNION ALL SELECT booking_id, NULL, stream_id FROM named JOIN read.journal ON provider_ref = name
"""
_BY_POSITION: Final = """
    SELECT booking_id, NULL::uuid, stream_id FROM read.journal WHERE position = %(position)s
     UNION ALL SELECT booking_id, payout_id, NULL FROM read.statement_line WHERE position = %(position)s
     UNION ALL SELECT NULL, NULL, originator_id FROM log.events_between(%(position)s - 1, %(position)s)
"""
_OF_ACCOUNT: Final = "SELECT vendor_id FROM read.vendor WHERE stripe_account_id = %(name)s"
_BY_REQUEST: Final = """
    SELECT notification_id FROM log.events_at(%(positions)s)
     WHERE metadata->>'correlation_id' = %(correlation)s OR metadata->>'causation_id' = %(correlation)s
     ORDER BY notification_id LIMIT %(limit)s
"""
_POSITIONS_MAX: Final = 1_000
# So much of what has happened since the trail was laid is looked at as well.
_NOT_LAID_MAX: Final = 20_000


async def subject_of(connection: Connection, asked: Asked, *, upto: int) -> Subject:
    """Empty if there is no such thing. A request's first events up to `upto` are looked for, a thousand at most."""
    found = Subject()
    ids = [one for one in (asked.booking, asked.payment, asked.refund, asked.payout, asked.line) if one]
    if ids:
        await _add(connection, found, _BY_STREAM, {"ids": ids})
    if asked.stream is not None:
        await _add(connection, found, _BY_STREAM, {"ids": [asked.stream]})
        found.streams.add(asked.stream)
    if asked.stripe is not None:
        await _add(connection, found, _BY_STRIPE, {"name": asked.stripe})
        found.streams |= await _streams_of_account(connection, asked.stripe)
    if asked.position is not None:
        await _add(connection, found, _BY_POSITION, {"position": asked.position})
    if asked.correlation is not None:
        found.positions |= await _positions_of_request(connection, asked.correlation, upto)
    if found.streams:
        await _add(connection, found, _BY_STREAM, {"ids": list(found.streams)})
    return found


async def _add(connection: Connection, found: Subject, sql: LiteralString, parameters: dict[str, object]) -> None:
    cursor = await connection.execute(sql, parameters, prepare=False)
    for booking_id, payout_id, stream_id in await cursor.fetchall():
        found.bookings |= {booking_id} - {None}
        found.payouts |= {payout_id} - {None}
        found.streams |= {stream_id} - {None}


async def _streams_of_account(connection: Connection, name: str) -> set[UUID]:
    cursor = await connection.execute(_OF_ACCOUNT, {"name": name})
    return {vendor_stream_id(vendor_id) for (vendor_id,) in await cursor.fetchall()}


async def _positions_of_request(connection: Connection, correlation: str, upto: int) -> set[int]:
    laid = await laid_to(connection)
    positions, _ = await to_look_at(
        connection, request_key(correlation), laid, 0, upto, limit=_POSITIONS_MAX, not_laid_max=_NOT_LAID_MAX
    )
    cursor = await connection.execute(
        _BY_REQUEST,
        {"correlation": correlation, "positions": positions, "limit": _POSITIONS_MAX},
        prepare=False,
    )
    return {position for (position,) in await cursor.fetchall()}
