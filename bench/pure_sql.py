"""The bookings projection as one statement inside PostgreSQL: the limit, for nothing leaves the server."""

from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow

# `facts` is read once; what a booking is now is its last event, and what it was sold as is its first.
_FILL: LiteralString = """
    INSERT INTO {}
          (booking_id, listing_id, vendor_id, traveller_id, status, starts_at, ends_at, kind, cells, quantity,
           price_minor, currency, commission_bp, terms, expires_at, paid, payment_id, created_at, version)
    WITH facts AS MATERIALIZED (
        SELECT originator_id AS id, originator_version AS version, topic, convert_from(state, 'UTF8')::jsonb AS state
          FROM log.events WHERE topic LIKE 'booking.%'),
    last AS (
        SELECT DISTINCT ON (id) id, version, topic FROM facts ORDER BY id, version DESC),
    paid AS (
        SELECT DISTINCT ON (id) id, state FROM facts WHERE topic = 'booking.payment_started' ORDER BY id, version DESC),
    sold AS (
        SELECT DISTINCT id FROM facts WHERE topic = 'booking.confirmed')
    SELECT h.id, (h.state->>'listing_id')::uuid, (h.state->>'vendor_id')::uuid, (h.state->>'traveller_id')::uuid,
           CASE WHEN last.topic IN ('booking.payment_started', 'booking.payment_ended') THEN 'awaiting_payment'
                ELSE substr(last.topic, 9) END,
           (h.state->>'starts_at')::timestamptz, (h.state->>'ends_at')::timestamptz,
           h.state->>'kind', (h.state->>'cells')::integer, (h.state->>'quantity')::integer,
           (h.state->>'price_minor')::bigint, h.state->>'currency',
           (h.state->>'commission_bp')::integer, h.state->'terms',
           CASE WHEN last.topic IN ('booking.confirmed', 'booking.cancelled', 'booking.completed') THEN NULL
                ELSE (coalesce(paid.state, h.state)->>'expires_at')::timestamptz END,
           sold.id IS NOT NULL, (paid.state->>'payment_id')::uuid, (h.state->>'timestamp')::timestamptz, last.version
      FROM facts AS h JOIN last USING (id) LEFT JOIN paid USING (id) LEFT JOIN sold USING (id)
     WHERE h.topic = 'booking.held'
"""


def fill_bookings(connection: Connection[TupleRow], schema: str) -> None:
    """Make the rows of `booking` from the log; what the projection makes of bookings without refunds."""
    connection.execute(sql.SQL(_FILL).format(sql.Identifier(schema, "booking")))
