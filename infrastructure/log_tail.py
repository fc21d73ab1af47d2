"""What followers read of the log: the next events of their topics, and every event that no class knows.

An unknown topic means that the log is newer than this program. Nobody can say whom it concerns, so every follower meets
it, and none passes it (ADR 0013).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

from domain.root import Event
from infrastructure.event_codec import decode, event_classes

# However rare its topics are, a follower writes its checkpoint after so many events, and no read takes long.
WINDOW_MAX: Final = 50_000

# One statement, so that what is archived meanwhile is found in one place or the other, and each part by its own index.
_PART: Final = """
    (SELECT notification_id, originator_id, originator_version, topic, state FROM {} AS e
      WHERE notification_id > %(after)s AND notification_id <= %(upto)s
        AND (topic = ANY(%(topics)s) OR topic <> ALL(%(known)s))
      ORDER BY notification_id LIMIT %(limit)s)
"""
_NEXT: Final = (
    f"{_PART.format('log.events')} UNION ALL {_PART.format('log.archived_between(%(after)s, %(upto)s)')}"
    " ORDER BY notification_id LIMIT %(limit)s"
)


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
    """The next events of these or unknown topics in `(after, upto]`, at most `limit`, in the order of the log."""
    with connection.cursor(binary=True) as cursor:
        last = upto if upto - after <= limit else min(upto, after + _window(cursor, after, limit))
        rows = cursor.execute(
            _NEXT,
            {"after": after, "upto": last, "topics": list(topics), "known": list(known_topics()), "limit": limit},
        ).fetchall()
    return Read(rows, rows[-1][0] if len(rows) == limit else last)


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
    if topic not in known_topics():
        raise UnknownTopic(f"No event of this version has the topic {topic!r}: the log is newer than this program.")
    return decode(stream_id, version, topic, state)
