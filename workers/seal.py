"""The seal's thread: seals what was just committed, off the request path, once in the deployment."""

import threading
from pathlib import Path
from typing import Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.audit.heads import kept_heads
from infrastructure.audit.heads_file import append, last_number
from infrastructure.audit.keys import SealKeys
from infrastructure.audit.sealer import NAME, BrokenLog, Overtaken, Sealer
from infrastructure.audit.targets import heads_path, targets
from infrastructure.database import KEPT_PLANS, connect
from infrastructure.settings import Settings

# Events gather so long before they are sealed together; nobody waits for the seal.
PACE_S: Final = 0.25
RETRY_S: Final = 2.0

log = structlog.get_logger()


class SealThread(threading.Thread):
    def __init__(self, url: str, settings: Settings, stop: threading.Event) -> None:
        super().__init__(name=f"follower-{NAME}", daemon=True)
        self._url = url
        self._keys = SealKeys.of(settings)
        self._targets = targets(settings)
        self._path = heads_path(settings)
        self._stop_all = stop

    def run(self) -> None:
        while not self._stop_all.is_set():
            try:
                # Durable, unlike what other followers write: a head that was given away must never be signed anew.
                with connect(self._url, name=self.name, options=KEPT_PLANS) as database:
                    self._lead(database)
            except Overtaken:
                log.info("seal_overtaken")
            except psycopg.Error as error:
                log.warning("seal_reconnects", error=str(error))
            except Exception:
                log.exception("seal_failed")
            self._stop_all.wait(RETRY_S)

    def _lead(self, database: Connection[TupleRow]) -> None:
        """Seal while the lock of this name is ours; it ends with the connection."""
        while not self._stop_all.is_set():
            row = database.execute(
                "SELECT pg_try_advisory_lock(hashtext('travellr.follower'), hashtext(%s))", (NAME,)
            ).fetchone()
            if row is not None and row[0]:
                break
            self._stop_all.wait(RETRY_S)
        database.execute("INSERT INTO ops.follower (name) VALUES (%s) ON CONFLICT DO NOTHING", (NAME,))
        try:
            self._seal(database)
        except BrokenLog as broken:
            self._say(database, broken)

    def _seal(self, database: Connection[TupleRow]) -> None:
        sealer = Sealer(database, self._keys, self._targets)
        filed = last_number(self._path)
        if filed > sealer.heads:
            # The database was restored to an earlier moment: its new heads are filed beside those that it has lost.
            log.error("heads_lost_by_the_database", filed=filed, kept=sealer.heads)
            filed = sealer.heads
        while not self._stop_all.is_set():
            more = sealer.step()
            if sealer.heads > filed:
                filed = file_heads(database, self._path, filed)
            if not more:
                self._stop_all.wait(PACE_S)

    @staticmethod
    def _say(database: Connection[TupleRow], broken: BrokenLog) -> None:
        log.error("follower_stopped", follower=NAME, position=broken.position, reason=broken.reason)
        database.execute(
            "UPDATE ops.follower SET error = %s, error_position = %s WHERE name = %s",
            (broken.reason[:1000], broken.position, NAME),
        )


def file_heads(database: Connection[TupleRow], path: Path, filed: int) -> int:
    """Write down what the file lacks; the number of the last head in it. A full disk delays it and stops nothing."""
    heads = kept_heads(database, after=filed)
    try:
        append(path, heads)
    except OSError as error:
        log.warning("heads_not_filed", path=str(path), error=str(error))
        return filed
    return heads[-1].number if heads else filed
