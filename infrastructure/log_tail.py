"""What followers read of the log: the next events of their topics, and every event that no class knows.

An unknown topic means that the log is newer than this program. Nobody can say whom it concerns, so every follower meets
it, and none passes it (ADR 0013).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import msgspec
from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

from domain.root import Event
from infrastructure.event_codec import decode, event_classes
from projections.change import Change, Projection, Stored

# However rare its topics are, a follower writes its checkpoint after so many events, and no read takes long.
WINDOW_MAX: Final = 50_000
# Of the stored states of one read, so that it fits into memory: an event may name a thousand lines. Eight thousand
# ordinary ones are about as much.
BYTES_MAX: Final = 2_000_000

# One statement, so that what is archived meanwhile is found in one place or the other, and each part by its own index.
_PART: Final = """
    (SELECT notification_id, originator_id, originator_version, topic, {} AS state FROM {} AS e
      WHERE notification_id > %(after)s AND notification_id <= %(upto)s
        AND (topic = ANY(%(topics)s) OR topic <> ALL(%(known)s))
      ORDER BY notification_id LIMIT %(limit)s)
"""
# The one that fills the bytes is still taken, so that there is no end of it; a size is known without the state itself.
_NEXT: Final = """
    SELECT notification_id, originator_id, originator_version, topic, state
      FROM (SELECT *, sum(octet_length(state)) OVER (ORDER BY notification_id ROWS UNBOUNDED PRECEDING)
                      - octet_length(state) AS bytes_before
              FROM ({} UNION ALL {} ORDER BY notification_id LIMIT %(limit)s) AS following) AS measured
     WHERE bytes_before < %(bytes)s ORDER BY notification_id
"""


def _next_of(content: str) -> str:
    """The question, for one column of the log as the content of its rows."""
    return _NEXT.format(
        _PART.format(content, "log.events"), _PART.format(content, "log.archived_between(%(after)s, %(upto)s)")
    )


_STATES: Final = _next_of("state")
_METADATA: Final = _next_of("json_send(metadata)")
_STORED: Final = msgspec.json.Decoder(Stored)


class UnknownTopic(Exception):  # noqa: N818 - the event is the trouble, not the program
    """No event of this version has this topic: the log is newer than this program."""


@dataclass(frozen=True, slots=True)
class Read:
    """Rows after a position, not yet decoded, and the position up to which the log has been searched for them."""

    rows: list[TupleRow]
    read_to: int


@cache
def known_topics() -> frozenset[str]:
    return frozenset(event_classes())


def read_next(connection: Connection[TupleRow], after: int, upto: int, topics: Sequence[str], limit: int) -> Read:
    """The next events of these or unknown topics in `(after, upto]`, at most `limit`, in the order of the log.

    Their states are BYTES_MAX together, and the rest of the last one.
    """
    return _read(connection, _STATES, after, upto, topics, limit)


def read_for(connection: Connection[TupleRow], projection: Projection, after: int, upto: int, limit: int) -> Read:
    """The next rows that this projection wants, for `changes_of`."""
    if projection.by_metadata is None:
        return read_next(connection, after, upto, projection.topics, limit)
    return _read(connection, _METADATA, after, upto, sorted(known_topics()), limit)


def changes_of(projection: Projection, row: TupleRow) -> Iterator[Change]:
    """What a row of `read_for` does to rows of the read model. Raises UnknownTopic, and what decoding raises."""
    if projection.by_metadata is None:
        return projection.project(event_of(row), row[0])
    _must_be_known(row[3])
    return projection.by_metadata(_STORED.decode(row[4]), row[0])


def _read(
    connection: Connection[TupleRow], question: str, after: int, upto: int, topics: Sequence[str], limit: int
) -> Read:
    with connection.cursor(binary=True) as cursor:
        last = upto if upto - after <= limit else min(upto, after + _window(cursor, after, limit))
        rows = cursor.execute(
            question.encode(),
            {
                "after": after,
                "upto": last,
                "topics": list(topics),
                "known": list(known_topics()),
                "limit": limit,
                "bytes": BYTES_MAX,
            },
        ).fetchall()
    is_full = len(rows) == limit or sum(len(row[-1]) for row in rows) >= BYTES_MAX
    return Read(rows, rows[-1][0] if is_full else last)


def _window(cursor: Cursor[TupleRow], after: int, limit: int) -> int:
    """How many positions to look at. What is archived comes in blocks that must be put in order: no more of it at a
    time than may be taken.
    """
    archived = cursor.execute("SELECT coalesce(max(last_position), 0) FROM log.archive").fetchone()
    assert archived is not None
    return WINDOW_MAX if after >= archived[0] else limit


def event_of(row: TupleRow) -> Event:
    """A row of `read_next` as an event. Raises UnknownTopic, and what decoding raises."""
    _, stream_id, version, topic, state = row
    _must_be_known(topic)
    return decode(stream_id, version, topic, state)


def _must_be_known(topic: str) -> None:
    if topic not in known_topics():
        raise UnknownTopic(f"No event of this version has the topic {topic!r}: the log is newer than this program.")
