"""The mailbox kept here for channels without a provider: every message sealed under its recipient's key."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.preferences import Channel
from infrastructure.vault import Place, Vault


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is shown; only mail has HTML."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)


def keep(
    connection: Connection[Any], key: bytes, message_id: UUID, account_id: UUID, kind: str, channel: Channel, kept: Kept
) -> None:
    """Kept once, however often it is sent, and unreadable as soon as its recipient is forgotten."""
    html = None if kept.html is None else Vault.seal(key, Place(message_id, 1, "html"), kept.html)
    connection.execute(
        "INSERT INTO people.mailbox (mail_id, account_id, kind, channel, subject_sealed, text_sealed, html_sealed)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (mail_id) DO NOTHING",
        (
            message_id,
            account_id,
            kind,
            channel,
            Vault.seal(key, Place(message_id, 1, "subject"), kept.subject),
            Vault.seal(key, Place(message_id, 1, "text"), kept.text),
            html,
        ),
    )


def opened(key: bytes, message_id: UUID, subject_sealed: str, text_sealed: str, html_sealed: str | None) -> Kept:
    """A message of the mailbox, in clear again. Raises InvalidTag with another person's key."""
    return Kept(
        Vault.open(key, Place(message_id, 1, "subject"), subject_sealed),
        Vault.open(key, Place(message_id, 1, "text"), text_sealed),
        None if html_sealed is None else Vault.open(key, Place(message_id, 1, "html"), html_sealed),
    )
