"""The guards that nothing else tests by itself: quick, and red at once without them (test_planted_defects.py)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from commands.append import Answer, Append, Committed, Idempotency
from infrastructure.event_codec import encode, encode_meta
from projections.catalogue import PROJECTIONS
from tests.integration.appends import META, LogOnTheBench, append, facts, log_on_the_bench
from tests.integration.servers import eventually
from tests.integration.world import superuser
from workers.follower import Followed, PoisonEvent, step

pytestmark = pytest.mark.chaos

KEY: Final = Idempotency(UUID(int=7), "key", "print")
# Whichever lock it is: without ours it would be that of an index. The server is this test process's own.
WAITS: Final[LiteralString] = "SELECT 1 FROM pg_locks WHERE NOT granted"


@pytest.fixture
def bench(database_url: str) -> Iterator[LogOnTheBench]:
    with log_on_the_bench(database_url) as bench:
        yield bench


@pytest.fixture
def other(database_url: str) -> Iterator[Connection[TupleRow]]:
    """Another process's writer, which commits when the test says so."""
    with psycopg.connect(database_url) as connection:
        yield connection


def written_by(other: Connection[TupleRow], wanted: Append) -> None:
    """One event of another process, written and not committed."""
    (stored,) = (encode(event) for event in wanted.events)
    known, answer = wanted.idempotency, wanted.answer
    other.execute(
        "SELECT refused FROM log.append('{1}', %s, %s, %s, %b, %s, p_scopes => %s, p_keys => %s, p_fingerprints => %s,"
        " p_statuses => %s::smallint[], p_bodies => %b, p_answered => %s::bigint[], p_event_counts => '{1}')",
        (
            [stored.originator_id],
            [stored.originator_version],
            [stored.topic],
            [stored.state],
            [encode_meta(META)],
            known and [known.scope],
            known and [known.key],
            known and [known.fingerprint],
            answer and [answer.status],
            answer and [answer.body],
            answer and [answer.version],
        ),
    )


@contextmanager
def meanwhile(bench: LogOnTheBench, wanted: Append) -> Iterator[list[Any]]:
    """Our append, asked for in a thread of its own and waiting for the other's; its outcome stands there at the end."""
    outcome: list[Any] = []

    def ask() -> None:
        outcome.extend(bench.together(lambda: bench.log.commit(wanted)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    eventually(lambda: bench.rows(WAITS))
    yield outcome
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(("end", "position"), [(Connection.commit, 2), (Connection.rollback, 1)])
def test_two_processes_take_turns_and_leave_no_gap(
    bench: LogOnTheBench, other: Connection[TupleRow], end: Callable[[Connection[TupleRow]], None], position: int
) -> None:
    written_by(other, append(*facts()))
    with meanwhile(bench, append(*facts())) as outcome:
        end(other)
    assert outcome == [Committed(position)]


def test_a_key_that_another_process_is_answering_at_this_moment_is_known(
    bench: LogOnTheBench, other: Connection[TupleRow]
) -> None:
    written_by(other, append(*facts(), idempotency=KEY, answer=Answer(201, b"theirs")))
    with meanwhile(bench, append(*facts(), idempotency=KEY, answer=Answer(201, b"ours"))) as outcome:
        other.commit()
    assert outcome == [Committed(1, Answer(201, b"theirs"))]
    assert bench.rows("SELECT count(*) FROM log.events") == [(1,)]


def test_rows_that_cannot_be_written_leave_the_checkpoint_before_them(bench: LogOnTheBench, database_url: str) -> None:
    vendors = Followed(PROJECTIONS["vendors"])
    bench.commit(*facts())
    with superuser(database_url) as owner:
        owner.execute("ALTER TABLE read.vendor ADD CONSTRAINT picky CHECK (false) NOT VALID")
        with pytest.raises(PoisonEvent, match=r"position 1: .*picky"):
            step(bench.sql, vendors)
        assert bench.rows("SELECT coalesce(max(position), 0) FROM ops.follower WHERE name = 'vendors'") == [(0,)]
        owner.execute("ALTER TABLE read.vendor DROP CONSTRAINT picky")
    assert step(bench.sql, vendors) is False
    assert bench.rows("SELECT version FROM read.vendor") == [(1,)]
