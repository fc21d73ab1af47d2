"""Messages that were kept here because there was nobody to carry them, still sealed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class MailRow:
    id: UUID
    kind: str
    channel: str
    subject_sealed: str = field(repr=False)
    text_sealed: str = field(repr=False)
    html_sealed: str | None = field(repr=False)
    sent_at: datetime


async def mailbox(connection: Connection, account_id: UUID, limit: int) -> list[MailRow]:
    """Newest first."""
    return await many(
        connection,
        MailRow,
        "SELECT mail_id AS id, kind, channel, subject_sealed, text_sealed, html_sealed, sent_at FROM people.mailbox"
        " WHERE account_id = %(account_id)s ORDER BY sent_at DESC, mail_id LIMIT %(limit)s",
        {"account_id": account_id, "limit": limit},
    )
