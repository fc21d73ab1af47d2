"""Wakes followers: at once those whom a new event concerns, the others a little later and together.

Nobody relies on it: what it does not hear, the followers see by themselves within a second.
"""

import threading
import time
from collections.abc import Sequence
from typing import Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.database import connect
from infrastructure.event_log import head_of
from infrastructure.log_tail import known_topics
from workers.follower import FollowerThread

# Whom nothing concerns has only its checkpoint to write. A dozen doing so after every event would take as much of the
# machine as the event itself, and nobody waits for them but a reader with `min_position`.
QUIET_S: Final = 0.1
LISTEN_S: Final = 1.0
RETRY_S: Final = 1.0

log = structlog.get_logger()


def listen(url: str, followers: Sequence[FollowerThread], stop: threading.Event, quiet_s: float = QUIET_S) -> None:
    """Until `stop`; connects again whenever the connection is lost. Whom nothing concerns is woken after `quiet_s`."""
    while not stop.is_set():
        try:
            with connect(url, name="listen") as connection:
                _wake_on_appends(connection, followers, stop, quiet_s)
        except psycopg.Error as error:
            log.warning("listen_reconnects", error=str(error))
            stop.wait(RETRY_S)


def _wake_on_appends(
    connection: Connection[TupleRow], followers: Sequence[FollowerThread], stop: threading.Event, quiet_s: float
) -> None:
    connection.execute("LISTEN travellr_log")
    heard_to = head_of(connection)
    # What came while nobody listened may concern everybody.
    all_at: float | None = time.monotonic()
    while not stop.is_set():
        if all_at is not None and time.monotonic() >= all_at:
            for follower in followers:
                follower.wake.set()
            all_at = None
        timeout = LISTEN_S if all_at is None else max(all_at - time.monotonic(), 0.001)
        if any(True for _ in connection.notifies(timeout=timeout, stop_after=1)):
            heard_to, topics = _news(connection, heard_to)
            for follower in followers:
                if not topics.isdisjoint(follower.followed.projection.topics) or not topics <= known_topics():
                    follower.wake.set()
            all_at = all_at or time.monotonic() + quiet_s


def _news(connection: Connection[TupleRow], after: int) -> tuple[int, set[str]]:
    """The head of the log, and the topics of what stands after a position."""
    rows = connection.execute(
        "SELECT topic, max(notification_id) FROM log.events WHERE notification_id > %s GROUP BY topic", (after,)
    ).fetchall()
    return max((position for _, position in rows), default=after), {topic for topic, _ in rows}
