"""Everything that is kept about one account, as rows: for the person who asks for it."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from queries.rows import Connection, many

_OWN_PAYMENTS = "SELECT payment_id FROM read.payment WHERE traveller_id = %(account)s OR vendor_id = %(account)s"
_OWN_PAYOUTS = "SELECT payout_id FROM read.payout WHERE vendor_id = %(account)s"
_OWN_ENDPOINTS = "SELECT endpoint_id FROM read.webhook_endpoint WHERE vendor_id = %(account)s"

# What is kept, and where it is found. Ciphertext is left out: what it says stands elsewhere in the export.
_KEPT: dict[str, str] = {
    "events": "SELECT notification_id AS position, topic, originator_version AS version, metadata, recorded_at"
    " FROM log.events_of(ARRAY[%(account)s::uuid]) ORDER BY notification_id",
    "account": "SELECT * FROM read.account WHERE account_id = %(account)s",
    "sessions": "SELECT session_id AS id, role, created_at, used_at, ended_at FROM ops.session"
    " WHERE account_id = %(account)s ORDER BY created_at",
    "listings": "SELECT * FROM read.listing WHERE vendor_id = %(account)s ORDER BY created_at",
    "bookings": "SELECT * FROM read.booking WHERE traveller_id = %(account)s OR vendor_id = %(account)s"
    " ORDER BY created_at",
    "places_held": "SELECT booking_id, listing_id, starts_at, ends_at, quantity, state, expires_at"
    " FROM capacity.claim WHERE traveller_id = %(account)s ORDER BY starts_at",
    "payments": "SELECT * FROM read.payment WHERE traveller_id = %(account)s OR vendor_id = %(account)s"
    " ORDER BY created_at",
    "refunds": f"SELECT * FROM read.refund WHERE payment_id IN ({_OWN_PAYMENTS}) ORDER BY created_at",
    "disputes": f"SELECT * FROM read.dispute WHERE payment_id IN ({_OWN_PAYMENTS}) ORDER BY created_at",
    "payout_settings": "SELECT * FROM read.vendor WHERE vendor_id = %(account)s",
    "balances": "SELECT * FROM read.vendor_balance WHERE vendor_id = %(account)s ORDER BY currency",
    "earnings": "SELECT * FROM read.vendor_line WHERE vendor_id = %(account)s ORDER BY earned_at",
    "adjustments": "SELECT * FROM read.adjustment WHERE vendor_id = %(account)s ORDER BY created_at",
    "statement": "SELECT * FROM read.statement_line WHERE vendor_id = %(account)s ORDER BY position",
    "payouts": "SELECT * FROM read.payout WHERE vendor_id = %(account)s ORDER BY created_at",
    "payout_lines": f"SELECT * FROM read.payout_line WHERE payout_id IN ({_OWN_PAYOUTS}) ORDER BY earned_at",
    "not_paid_out": "SELECT * FROM read.payout_carried WHERE vendor_id = %(account)s ORDER BY period_end",
    "webhook_endpoints": "SELECT * FROM read.webhook_endpoint WHERE vendor_id = %(account)s ORDER BY created_at",
    "webhook_deliveries": "SELECT delivery_id AS id, endpoint_id, type, position, state, created_at, done_at"
    f" FROM webhook.delivery WHERE endpoint_id IN ({_OWN_ENDPOINTS}) ORDER BY created_at",
    "webhook_attempts": "SELECT a.* FROM webhook.attempt AS a JOIN webhook.delivery AS d USING (delivery_id)"
    f" WHERE d.endpoint_id IN ({_OWN_ENDPOINTS}) ORDER BY a.at",
    "refunds_decided": "SELECT refund_id, proposed_by = %(account)s AS proposed, decided_by = %(account)s AS decided,"
    " created_at FROM read.refund WHERE proposed_by = %(account)s OR decided_by = %(account)s ORDER BY created_at",
    "adjustments_decided": "SELECT adjustment_id, proposed_by = %(account)s AS proposed,"
    " decided_by = %(account)s AS decided, created_at FROM read.adjustment"
    " WHERE proposed_by = %(account)s OR decided_by = %(account)s ORDER BY created_at",
    "explanations_decided": "SELECT entry_id, proposed_by = %(account)s AS proposed,"
    " decided_by = %(account)s AS decided FROM read.stray_entry"
    " WHERE proposed_by = %(account)s OR decided_by = %(account)s ORDER BY entry_id",
    "departures_called_off": "SELECT run_id, listing_id, created_at FROM read.departure_cancellation"
    " WHERE started_by = %(account)s ORDER BY created_at",
    "replays_asked_for": "SELECT replay_id, created_at FROM ops.replay WHERE asked_by = %(account)s"
    " ORDER BY created_at",
    "answers_to_requests": "SELECT key, status, recorded_at FROM log.idempotency WHERE scope = %(account)s"
    " ORDER BY recorded_at",
    "one_time_codes": "SELECT to_timestamp(step * 30) AS newest_used FROM people.code_used"
    " WHERE account_id = %(account)s",
    "messages": "SELECT message_id, kind, channel, state, at, caused_by, stream_id, booking_id, provider_id"
    " FROM people.message"
    " WHERE account_id = %(account)s ORDER BY at",
    "push_subscriptions": "SELECT subscription_id AS id, created_at FROM people.push_subscription"
    " WHERE account_id = %(account)s ORDER BY created_at",
    "addresses_that_bounced": "SELECT channel, why, since FROM people.dead_address"
    " WHERE account_id = %(account)s ORDER BY since",
    "devices": "SELECT device_index, seen_at FROM people.device WHERE account_id = %(account)s ORDER BY seen_at",
    "tasks": "SELECT task_id, kind, state, created_at, done_at FROM board.task"
    " WHERE arguments ->> 'account_id' = %(account)s::text ORDER BY created_at",
}

# What names a person as well, and why it is not among the above: whoever adds a table that does decides which it is.
NOT_LISTED: Final[dict[str, str]] = {
    "people.identity": "the key that opens everything else, and a keyed hash of the address that stands in the profile",
    "people.mailbox": "opened: it is the mail of the export",
    "read.statement_day": "sums of the statement",
    "read.journal": "our books; what is a vendor's of them is their statement",
    "read.trail": "at which positions of the log a person's events are, for whoever searches it",
    "webhook.webhook_endpoint": "the same rows as in read.webhook_endpoint",
}
QUESTIONS: Final = tuple(_KEPT.values())


@dataclass(frozen=True, slots=True)
class Sealed:
    """`about` says where the text is sealed for."""

    about: UUID
    sealed: str


async def push_subscriptions_of(connection: Connection, account_id: UUID) -> list[Sealed]:
    """Where browsers of theirs take messages, oldest first."""
    return await many(
        connection,
        Sealed,
        "SELECT subscription_id AS about, sealed FROM people.push_subscription WHERE account_id = %(account)s"
        " ORDER BY created_at",
        {"account": account_id},
    )


async def evidence_about(connection: Connection, account_id: UUID) -> list[Sealed]:
    """What was written to banks in disputes of their payments, oldest first; sealed, as `about` says, for a dispute."""
    return await many(
        connection,
        Sealed,
        "SELECT e.originator_id AS about, convert_from(e.state, 'UTF8')::jsonb->>'sealed' AS sealed"
        " FROM log.events_of(ARRAY(SELECT dispute_id FROM read.dispute JOIN read.payment USING (payment_id)"
        "                           WHERE traveller_id = %(account)s)) AS e"
        " WHERE e.topic = 'dispute.evidence_requested' ORDER BY e.notification_id",
        {"account": account_id},
    )


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
