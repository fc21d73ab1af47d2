"""The one runner of all followers: a batch of events and the checkpoint in one transaction, once in the deployment.

A follower whose event cannot be applied stops there, says so in `ops.follower`, and tries again until it can: nothing
is ever skipped. NOTIFY only wakes it earlier; the timer is what it relies on.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.database import DERIVED, connect
from infrastructure.log_tail import changes_of, read_for
from infrastructure.projector import projector_of
from projections.change import Change, Projection

BATCH_MAX: Final = 4_000
POLL_S: Final = 1.0
RETRY_S: Final = 2.0
# A batch begins so long after the one before, at the earliest: in a rush the events gather, and cost a tenth as much.
PACE_S: Final = 0.03

log = structlog.get_logger()


class PoisonEvent(Exception):  # noqa: N818 - the event is the trouble, not the program
    """An event that this follower cannot apply."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"position {position}: {reason}")
        self.position = position
        self.reason = reason


class _Moved(Exception):  # noqa: N818 - nothing is wrong: look again
    """The checkpoint is not where this batch was read from."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A projection, the schema its tables are in, and what to do after its rows are committed.

    `write` is for one whose rows depend on rows that are there: in the transaction of the checkpoint it makes of the
    changes what has to be written, writes it, and returns it.
    """

    projection: Projection
    schema: str = "read"
    committed: Callable[[Sequence[Change]], None] | None = None
    write: Callable[[Connection[TupleRow], Sequence[Change]], list[Change]] | None = None


def step(connection: Connection[TupleRow], followed: Followed) -> bool:
    """Apply the next batch. True if there may be more. Raises PoisonEvent after applying all that stands before it."""
    projection = followed.projection
    row = connection.execute(
        "SELECT coalesce((SELECT position FROM ops.follower WHERE name = %s), 0),"
        " coalesce((SELECT max(notification_id) FROM log.events), 0)",
        (projection.name,),
    ).fetchone()
    assert row is not None
    position, head = map(int, row)
    if head <= position:
        return False
    batch = read_for(connection, projection, position, head, BATCH_MAX)
    try:
        _apply_what_can_be(connection, followed, batch.rows, position, batch.read_to)
    except _Moved:
        return True
    return batch.read_to < head


def _apply_what_can_be(
    connection: Connection[TupleRow], followed: Followed, rows: Sequence[TupleRow], position: int, read_to: int
) -> None:
    """Apply a batch; one that fails is halved until the event is found, so that what stands before it is kept."""
    try:
        changes = _apply(connection, followed, rows, position, read_to)
    except (psycopg.OperationalError, _Moved):
        raise
    except Exception as error:
        if not rows:
            raise
        if len(rows) == 1:
            raise PoisonEvent(rows[0][0], f"{type(error).__name__}: {error}") from error
    else:
        # Outside the try: what goes wrong in telling the world must not apply rows again that are committed.
        if followed.committed is not None and changes:
            followed.committed(changes)
        return
    half = len(rows) // 2
    between = rows[half - 1][0]
    _apply_what_can_be(connection, followed, rows[:half], position, between)
    _apply_what_can_be(connection, followed, rows[half:], between, read_to)


def _apply(
    connection: Connection[TupleRow], followed: Followed, rows: Sequence[TupleRow], position: int, read_to: int
) -> list[Change]:
    """Rows and checkpoint in one transaction; the changes that were made. Raises _Moved unless it starts at `position`.

    The row of the checkpoint is locked first of all: who switches tables under us (`travellr rebuild`) locks it too.
    """
    changes = [change for row in rows for change in changes_of(followed.projection, row)]
    # Alone, the checkpoint is a transaction by itself.
    with connection.transaction() if changes else nullcontext():
        checkpoint = connection.execute(
            "INSERT INTO ops.follower AS f (name, position) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE"
            " SET position = EXCLUDED.position, updated_at = clock_timestamp(), error = NULL, error_position = NULL"
            " WHERE f.position = %s",
            (followed.projection.name, read_to, position),
        )
        if checkpoint.rowcount != 1:
            raise _Moved
        if followed.write is not None:
            return followed.write(connection, changes)
        projector_of(connection, followed.schema).write(changes)
    return changes


class FollowerThread(threading.Thread):
    """Runs one follower while it holds the follower's lock; stands by while another process does."""

    def __init__(self, url: str, followed: Followed, stop: threading.Event) -> None:
        super().__init__(name=f"follower-{followed.projection.name}", daemon=True)
        self.followed = followed
        self.wake = threading.Event()
        self._url = url
        self._stop_all = stop

    def run(self) -> None:
        while not self._stop_all.is_set():
            try:
                with connect(self._url, name=self.name, options=DERIVED) as connection:
                    self._lead(connection)
            except psycopg.Error as error:
                log.warning("follower_reconnects", follower=self.followed.projection.name, error=str(error))
                self._stop_all.wait(RETRY_S)
            except Exception:
                log.exception("follower_failed", follower=self.followed.projection.name)
                self._stop_all.wait(RETRY_S)

    def _lead(self, connection: Connection[TupleRow]) -> None:
        """Follow while the lock of this name is ours; it ends with the connection."""
        name = self.followed.projection.name
        while not self._stop_all.is_set():
            row = connection.execute(
                "SELECT pg_try_advisory_lock(hashtext('travellr.follower'), hashtext(%s))", (name,)
            ).fetchone()
            if row is not None and row[0]:
                break
            self._stop_all.wait(POLL_S)
        connection.execute("INSERT INTO ops.follower (name) VALUES (%s) ON CONFLICT DO NOTHING", (name,))
        while not self._stop_all.is_set():
            self.wake.clear()
            begun = time.monotonic()
            try:
                more = step(connection, self.followed)
            except psycopg.errors.LockNotAvailable:
                # Somebody holds our rows for a while, such as a rebuild that switches: that is no reason to be loud.
                log.info("follower_waits", follower=name)
                continue
            except PoisonEvent as poison:
                self._say(connection, poison)
                self._stop_all.wait(RETRY_S)
                continue
            if not more:
                self.wake.wait(POLL_S)
                self._stop_all.wait(max(0.0, begun + PACE_S - time.monotonic()))

    def _say(self, connection: Connection[TupleRow], poison: PoisonEvent) -> None:
        name = self.followed.projection.name
        log.error("follower_stopped", follower=name, position=poison.position, reason=poison.reason)
        connection.execute(
            "INSERT INTO ops.follower AS f (name, error, error_position) VALUES (%(name)s, %(error)s, %(at)s)"
            " ON CONFLICT (name) DO UPDATE SET error = EXCLUDED.error, error_position = EXCLUDED.error_position",
            {"name": name, "error": poison.reason[:1000], "at": poison.position},
        )
