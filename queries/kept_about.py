"""Everything that is kept about one account, as rows: for the person who asks for it."""

from typing import Any
from uuid import UUID

from queries.rows import Connection

_OWN_PAYMENTS = "SELECT payment_id FROM read.payment WHERE traveller_id = %(account)s OR vendor_id = %(account)s"

# What is kept, and where it is found. Ciphertext is left out: what it says stands elsewhere in the export.
_KEPT: dict[str, str] = {
    "events": "SELECT notification_id AS position, topic, originator_version AS version, metadata, recorded_at"
    " FROM log.events_of(ARRAY[%(account)s::uuid]) ORDER BY notification_id",
    "sessions": "SELECT session_id AS id, created_at, used_at, ended_at FROM ops.session"
    " WHERE account_id = %(account)s ORDER BY created_at",
    "listings": "SELECT * FROM read.listing WHERE vendor_id = %(account)s ORDER BY created_at",
    "bookings": "SELECT * FROM read.booking WHERE traveller_id = %(account)s OR vendor_id = %(account)s"
    " ORDER BY created_at",
    "payments": "SELECT * FROM read.payment WHERE traveller_id = %(account)s OR vendor_id = %(account)s"
    " ORDER BY created_at",
    "refunds": f"SELECT * FROM read.refund WHERE payment_id IN ({_OWN_PAYMENTS}) ORDER BY created_at",
    "disputes": f"SELECT * FROM read.dispute WHERE payment_id IN ({_OWN_PAYMENTS}) ORDER BY created_at",
    "payout_settings": "SELECT * FROM read.vendor WHERE vendor_id = %(account)s",
    "balances": "SELECT * FROM read.vendor_balance WHERE vendor_id = %(account)s ORDER BY currency",
    "statement": "SELECT * FROM read.statement_line WHERE vendor_id = %(account)s ORDER BY position",
    "payouts": "SELECT * FROM read.payout WHERE vendor_id = %(account)s ORDER BY created_at",
    "answers_to_requests": "SELECT key, status, recorded_at FROM log.idempotency WHERE scope = %(account)s"
    " ORDER BY recorded_at",
    "messages": "SELECT message_id, kind, channel, state, at, caused_by, booking_id FROM people.message"
    " WHERE account_id = %(account)s ORDER BY at",
    "push_subscriptions": "SELECT subscription_id AS id, created_at FROM people.push_subscription"
    " WHERE account_id = %(account)s ORDER BY created_at",
    "addresses_that_bounced": "SELECT channel, why, since FROM people.dead_address"
    " WHERE account_id = %(account)s ORDER BY since",
    "devices": "SELECT device_index, seen_at FROM people.device WHERE account_id = %(account)s ORDER BY seen_at",
    "tasks": "SELECT task_id, kind, state, created_at, done_at FROM board.task"
    " WHERE arguments ->> 'account_id' = %(account)s::text ORDER BY created_at",
}


async def kept_about(connection: Connection, account_id: UUID) -> dict[str, list[Any]]:
    """Each kind of thing with its rows as JSON values, oldest first."""
    found = {}
    for name, question in _KEPT.items():
        cursor = await connection.execute(
            f"SELECT coalesce(json_agg(row_to_json(kept)), '[]') FROM ({question}) AS kept".encode(),
            {"account": account_id},
        )
        row = await cursor.fetchone()
        assert row is not None
        found[name] = row[0]
    return found
