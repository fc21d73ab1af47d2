"""What became of each message on each of its channels, and which addresses take nothing any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from psycopg import Connection

from domain.ids import derived_id
from domain.preferences import Channel

State = Literal["due", "quiet", "sent", "bounced", "not_wanted"]
OPEN: Final = ("due", "quiet")


@dataclass(frozen=True, slots=True)
class About:
    """Why a message is written: its task, and the event behind that, if there is one. Nothing of it is personal."""

    task_id: UUID
    account_id: UUID
    kind: str
    stream_id: UUID | None = None
    booking_id: UUID | None = None

    def message_id(self, channel: Channel) -> UUID:
        """The same at every attempt, so that what was sent is known again."""
        return derived_id("message", self.task_id, channel)


def opened(connection: Connection[Any], about: About, channels: Sequence[Channel]) -> list[Channel]:
    """The channels on which it is still to be sent, each with a row from now on. What was sent stays sent."""
    ids = {about.message_id(channel): channel for channel in channels}
    connection.execute(
        "INSERT INTO people.message (message_id, account_id, kind, channel, caused_by, stream_id, booking_id)"
        " SELECT m.message_id, %(account)s, %(kind)s, m.channel,"
        "        (SELECT caused_by FROM board.task WHERE task_id = %(task)s), %(stream)s, %(booking)s"
        "   FROM unnest(%(ids)s::uuid[], %(channels)s::text[]) AS m(message_id, channel) ON CONFLICT DO NOTHING",
        {
            "account": about.account_id,
            "kind": about.kind,
            "task": about.task_id,
            "stream": about.stream_id,
            "booking": about.booking_id,
            "ids": list(ids),
            "channels": list(ids.values()),
        },
    )
    rows = connection.execute(
        "SELECT message_id FROM people.message WHERE message_id = ANY(%s) AND state = ANY(%s)",
        (list(ids), list(OPEN)),
    ).fetchall()
    found = {message_id for (message_id,) in rows}
    return [channel for message_id, channel in ids.items() if message_id in found]


def dropped(connection: Connection[Any], about: About, unwanted: Sequence[Channel]) -> None:
    """What was to be sent by these channels is not wanted there any more."""
    connection.execute(
        "UPDATE people.message SET state = 'not_wanted', at = clock_timestamp()"
        " WHERE message_id = ANY(%s) AND state = ANY(%s)",
        ([about.message_id(channel) for channel in unwanted], list(OPEN)),
    )


def noted(
    connection: Connection[Any], about: About, channel: Channel, state: State, provider_id: str | None = None
) -> None:
    connection.execute(
        "UPDATE people.message SET state = %s, provider_id = %s, at = clock_timestamp() WHERE message_id = %s",
        (state, provider_id, about.message_id(channel)),
    )


def is_dead(connection: Connection[Any], account_id: UUID, channel: Channel, index: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM people.dead_address WHERE account_id = %s AND channel = %s AND address_index = %s",
        (account_id, channel, index),
    ).fetchone()
    return row is not None


def bury(connection: Connection[Any], account_id: UUID, channel: Channel, index: str, why: str) -> None:
    connection.execute(
        "INSERT INTO people.dead_address (account_id, channel, address_index, why) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (account_id, channel, index, why),
    )


def revive(connection: Connection[Any], account_id: UUID, channel: Channel, index: str) -> None:
    connection.execute(
        "DELETE FROM people.dead_address WHERE account_id = %s AND channel = %s AND address_index = %s",
        (account_id, channel, index),
    )


def subscriptions(connection: Connection[Any], account_id: UUID) -> Mapping[UUID, str]:
    """A person's push subscriptions, sealed."""
    rows = connection.execute(
        "SELECT subscription_id, sealed FROM people.push_subscription WHERE account_id = %s ORDER BY created_at",
        (account_id,),
    ).fetchall()
    return dict(rows)


def unsubscribed(connection: Connection[Any], subscription_id: UUID) -> None:
    connection.execute("DELETE FROM people.push_subscription WHERE subscription_id = %s", (subscription_id,))
