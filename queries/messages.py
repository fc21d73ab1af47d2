"""What was told to whom, by which channel, and what became of it; and where a person takes push messages."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many
from queries.scope import Page

_COLUMNS = (
    "message_id AS id, account_id, kind, channel, state, at AS created_at, caused_by, stream_id, booking_id,"
    " provider_id FROM people.message"
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """`caused_by` is the log's position of the event, None for what was asked for directly."""

    id: UUID
    account_id: UUID
    kind: str
    channel: str
    state: str
    created_at: datetime
    caused_by: int | None
    stream_id: UUID | None
    booking_id: UUID | None
    provider_id: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    id: UUID
    created_at: datetime


async def messages_to(connection: Connection, account_id: UUID, page: Page) -> list[MessageRow]:
    """Newest first."""
    after = page.after
    return await many(
        connection,
        MessageRow,
        f"SELECT {_COLUMNS} WHERE account_id = %(account_id)s"
        " AND (%(at)s::timestamptz IS NULL OR (at, message_id) < (%(at)s, %(id)s))"
        " ORDER BY at DESC, message_id DESC LIMIT %(limit)s",
        {
            "account_id": account_id,
            "at": after.created_at if after else None,
            "id": after.id if after else None,
            "limit": page.limit + 1,
        },
    )


async def messages_about(connection: Connection, booking_id: UUID) -> list[MessageRow]:
    """Everything that anybody was told about one booking, oldest first."""
    return await many(
        connection,
        MessageRow,
        f"SELECT {_COLUMNS} WHERE booking_id = %(booking_id)s ORDER BY at, message_id LIMIT 1000",
        {"booking_id": booking_id},
    )


async def subscriptions_of(connection: Connection, account_id: UUID) -> list[SubscriptionRow]:
    return await many(
        connection,
        SubscriptionRow,
        "SELECT subscription_id AS id, created_at FROM people.push_subscription"
        " WHERE account_id = %(account_id)s ORDER BY created_at, subscription_id",
        {"account_id": account_id},
    )
