"""A small log of interleaved streams with a seal and several heads, and a superuser who may do everything to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.root import Event
from infrastructure.audit.heads import Head, kept_heads
from infrastructure.audit.keys import SealKeys
from infrastructure.audit.sealer import Sealer
from infrastructure.audit.verify import Verdict, verify
from infrastructure.log_tail import known_topics
from infrastructure.settings import Settings, load_settings
from tests.integration.appends import facts, log_on_the_bench
from tests.integration.world import superuser

EVENTS = 300
STREAM = 5
HEADS = 6
ALWAYS = timedelta(0)


@dataclass(frozen=True)
class Sealed:
    url: str
    settings: Settings
    keys: SealKeys
    delivered: tuple[Head, ...]
    database: Connection[TupleRow]  # May do everything.

    def verdict(self, *, delivered: bool = True) -> Verdict:
        heads = self.delivered if delivered else ()
        return verify(self.database, self.keys.believed, known_topics(), delivered=heads)

    def seal(self, keys: SealKeys | None = None) -> None:
        seal_all(self.database, keys or self.keys)


def seal_all(database: Connection[TupleRow], keys: SealKeys) -> Sealer:
    sealer = Sealer(database, keys, head_every=ALWAYS)
    while sealer.step():
        pass
    return sealer


def interleaved(streams: int) -> list[Event]:
    """The first events of all streams, then the second ones."""
    lives = [facts(STREAM, uuid4()) for _ in range(streams)]
    return [event for together in zip(*lives, strict=True) for event in together]


@contextmanager
def sealed_log(url: str, home: Path, events: int = EVENTS, heads: int = HEADS) -> Iterator[Sealed]:
    settings = load_settings({}, home=home, database_url=url)
    keys = SealKeys.of(settings)
    with log_on_the_bench(url) as bench:
        each = events // heads
        waiting = interleaved(events // STREAM)
        for begin in range(0, len(waiting), each):
            for event in waiting[begin : begin + each]:
                bench.commit(event)
            seal_all(bench.sql, keys)
    with superuser(url) as database:
        yield Sealed(url, settings, keys, tuple(kept_heads(database)), database)
