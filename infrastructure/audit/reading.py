"""The log in the order of its positions, window by window, quick enough for whoever must read all of it."""

from collections.abc import Iterator
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.audit.canonical import Stored, leaf_of

# Values as the server sends them in binary, so that nothing is parsed that is only hashed.
_EVENTS: Final = """
    SELECT notification_id, uuid_send(originator_id), originator_version, topic, timestamptz_send(recorded_at),
           json_send(metadata), state
      FROM log.events_between(%s, %s) ORDER BY notification_id
"""
# PostgreSQL counts from 2000-01-01.
_EPOCH_US: Final = 946_684_800_000_000


class Window:
    """Events that follow each other, as rows, with the leaf of each."""

    def __init__(self, rows: list[TupleRow]) -> None:
        self.rows = rows

    def leaves(self) -> list[bytes]:
        return [
            leaf_of(position, stream, version, topic.encode(), int.from_bytes(at) + _EPOCH_US, metadata, state)
            for position, stream, version, topic, at, metadata, state in self.rows
        ]

    def event(self, number: int) -> Stored:
        position, stream, version, topic, at, metadata, state = self.rows[number]
        return Stored(position, stream, version, topic, int.from_bytes(at) + _EPOCH_US, metadata, state)

    def positions(self) -> list[int]:
        return [row[0] for row in self.rows]

    def topics(self) -> list[str]:
        return [row[3] for row in self.rows]

    def recorded_us(self) -> list[int]:
        return [int.from_bytes(row[4]) + _EPOCH_US for row in self.rows]


def window(connection: Connection[TupleRow], after: int, upto: int) -> Window:
    """The events in (after, upto], which should be few thousand."""
    with connection.cursor(binary=True) as cursor:
        return Window(cursor.execute(_EVENTS, (after, upto)).fetchall())


def windows(connection: Connection[TupleRow], after: int, upto: int, each: int) -> Iterator[tuple[int, Window]]:
    """Windows of `each` positions, with the last position that each was asked for."""
    while after < upto:
        last = min(upto, after + each)
        yield last, window(connection, after, last)
        after = last
