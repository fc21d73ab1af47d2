"""The schedule: does what has fallen due by the business clock, and walks the sandbox clock from due to due.

One process at a time holds it, by an advisory lock. When a sandbox user moves the clock on by weeks, it stops at every
instant at which something falls due, does that, waits until its consequences have settled, and goes on: in the order
in which it would have happened.
"""

import threading
import time
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.refusal import Refusal
from infrastructure.business_clock import move_clock, read_clock
from infrastructure.database import connect
from infrastructure.event_log import head_of
from infrastructure.log_tail import known_topics
from projections.catalogue import PROJECTIONS
from workers.hands import Hands
from workers.jobs import JOBS
from workers.react import REACT

TICK_S: Final = 0.5
SETTLE_S: Final = 30.0
PAUSE_S: Final = 0.02
_LOCK: Final = 824_150_002

# Behind by more than this, a follower is not asked whether it is concerned.
NEWS_MAX: Final = 2_000
_TOPICS: Final = {p.name: frozenset(p.topics) for p in (*PROJECTIONS.values(), REACT)}

log = structlog.get_logger()


def concerns(topic: str, follower: str) -> bool:
    """Whether this follower reads such events; one that is not known here may read any, and all read unknown ones."""
    return topic not in known_topics() or topic in _TOPICS.get(follower, known_topics())


class Schedule(threading.Thread):
    def __init__(self, url: str, hands: Hands, time_zone: str, stop: threading.Event) -> None:
        super().__init__(name="schedule", daemon=True)
        self._url = url
        self._hands = hands
        self._zone = time_zone
        self._stop_all = stop

    def run(self) -> None:
        while not self._stop_all.is_set():
            try:
                with connect(self._url, name="schedule") as database:
                    self._lead(database)
            except psycopg.Error as error:
                log.warning("schedule_reconnects", error=str(error))
            except Exception:
                log.exception("schedule_failed")
            self._stop_all.wait(TICK_S)

    def _lead(self, database: Connection[TupleRow]) -> None:
        while not self._stop_all.is_set():
            row = database.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
            if row is not None and row[0]:
                break
            self._stop_all.wait(TICK_S)
        while not self._stop_all.is_set():
            if not self.tick(database):
                self._stop_all.wait(TICK_S)

    def tick(self, database: Connection[TupleRow]) -> bool:
        """Do what is due now, then move the clock to what is due next, if it is wanted there. True if there was any."""
        did = self._do_due(database)
        clock = read_clock(database)
        if clock.target is None or clock.target <= clock.now:
            return did
        if did or not self._settled(database):
            return True
        upcoming = [at for job in JOBS if (at := job.next_at(database, clock.now, self._zone)) is not None]
        move_clock(database, min([clock.target, *upcoming]))
        return True

    def _do_due(self, database: Connection[TupleRow]) -> bool:
        now = read_clock(database).now
        did = False
        for job in JOBS:
            for command in job.due(database, now, self._zone):
                did = self._do(command, job.name) or did
        if did:
            self._wait_for_followers(database)
        return did

    def _do(self, command: Any, job: str) -> bool:
        """Whether it was done. What cannot be done keeps nothing else from being done, and is looked at again later."""
        try:
            self._hands.dispatch(command, because=f"schedule:{job}")
        except Refusal as refusal:
            log.info("schedule_refused", job=job, command=repr(command), code=refusal.code)
        except psycopg.Error:
            raise
        except Exception:
            log.exception("schedule_command_failed", job=job, command=repr(command))
        else:
            return True
        return False

    def _wait_for_followers(self, database: Connection[TupleRow]) -> None:
        """Let the read models see what was just done, so that the next look does not find it due again."""
        deadline = time.monotonic() + SETTLE_S
        while not self._level(database) and time.monotonic() < deadline and not self._stop_all.is_set():
            self._stop_all.wait(PAUSE_S)

    @staticmethod
    def _level(database: Connection[TupleRow]) -> bool:
        """No follower has anything to read. One whom nothing new concerns has only its checkpoint to write."""
        behind: dict[str, int] = dict(
            database.execute(
                "SELECT name, position FROM ops.follower WHERE name <> 'seal' AND position < %s", (head_of(database),)
            ).fetchall()
        )
        if not behind:
            return True
        news = database.execute(
            "SELECT notification_id, topic FROM log.events WHERE notification_id > %s ORDER BY 1 LIMIT %s",
            (min(behind.values()), NEWS_MAX),
        ).fetchall()
        return len(news) < NEWS_MAX and not any(
            at > position and concerns(topic, name) for at, topic in news for name, position in behind.items()
        )

    def _settled(self, database: Connection[TupleRow]) -> bool:
        """Every consequence has come about: followers level, no task due or running. Gives up waiting after a while."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and not self._stop_all.is_set():
            busy = database.execute(
                "SELECT 1 FROM board.task WHERE state = 'running' OR (state = 'due' AND due_at <= clock_timestamp())"
                " LIMIT 1"
            ).fetchone()
            if busy is None and self._level(database):
                return True
            self._stop_all.wait(PAUSE_S)
        log.warning("clock_moves_on", why="something due has not been done in time")
        return True
