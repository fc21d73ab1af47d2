"""64 writers in four processes, whose connections are killed with those of the followers: all end with the same set."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.root import Event
from infrastructure.event_codec import event_classes
from infrastructure.replay import compare
from projections.catalogue import PROJECTIONS
from projections.change import Add, Change, Projection, Put
from tests.chaos.attempts import Attempt, truth
from tests.integration.servers import eventually
from tests.integration.world import running, superuser
from workers.follower import Followed

pytestmark = pytest.mark.chaos

ROOT: Final = Path(__file__).parents[2]
PROCESSES: Final = 4
SECONDS: Final = 40.0
END_MAX_S: Final = 30.0
CATCH_UP_MAX_S: Final = 60.0

# Applying an event twice breaks `times`, and stops the follower; `applied` is the order in which it was done.
WITNESS_TABLE: Final = """
    CREATE SCHEMA chaos
    CREATE TABLE witness (
        position bigint PRIMARY KEY,
        stream_id uuid,
        version bigint,
        times integer NOT NULL DEFAULT 0 CHECK (times <= 1),
        applied bigint GENERATED ALWAYS AS IDENTITY);
    GRANT USAGE ON SCHEMA chaos TO travellr_app;
    GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA chaos TO travellr_app;
"""


def seen(event: Event, position: int) -> Iterator[Change]:
    key = {"position": position}
    yield Put("witness", key, {"stream_id": event.originator_id, "version": event.originator_version})
    yield Add("witness", key, {"times": 1})


WITNESS: Final = Followed(Projection("witness", tuple(event_classes().values()), seen, ("witness",)), schema="chaos")
FOLLOWED: Final = (WITNESS, *(Followed(PROJECTIONS[name]) for name in ("vendors", "payments", "journal")))

CONTRADICTIONS: Final = {
    "skipped": "SELECT notification_id, originator_id, originator_version FROM log.events"
    " EXCEPT SELECT position, stream_id, version FROM chaos.witness",
    "invented": "SELECT position, stream_id, version FROM chaos.witness"
    " EXCEPT SELECT notification_id, originator_id, originator_version FROM log.events",
    "not once": "SELECT position, times FROM chaos.witness WHERE times <> 1",
    "out of order": "SELECT * FROM (SELECT position, lag(position) OVER (ORDER BY applied) AS before"
    " FROM chaos.witness) AS w WHERE before > position",
    "cells that are not the sum of their claims": "SELECT c.*, held FROM capacity.cell AS c"
    " WHERE held <> (SELECT coalesce(sum(quantity), 0) FROM capacity.claim AS k"
    " WHERE k.listing_id = c.listing_id AND k.state = 'held')",
}


@pytest.fixture
def owner(database_url: str) -> Iterator[Connection[TupleRow]]:
    with superuser(database_url) as connection:
        connection.execute(WITNESS_TABLE.encode())
        yield connection


@contextmanager
def writers(url: str, seed: int, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Four processes of writers; none of them is left behind."""
    command = [sys.executable, "-m", "tests.chaos.writers", url]
    with ExitStack() as stack:
        processes = []
        for n in range(PROCESSES):
            own = [str(n), str(seed), str(SECONDS), str(folder / f"{n}.json")]
            processes.append(stack.enter_context(subprocess.Popen([*command, *own], cwd=ROOT)))
            stack.callback(processes[-1].kill)
        yield processes


def kill_somebody(owner: Connection[TupleRow], random: Random) -> str | None:
    """End the connection of one writer, follower, reader or listener; whose it was."""
    query = (
        "SELECT application_name, pid FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL"
    )
    rows = owner.execute(f"{query} AND application_name LIKE 'travellr-%' ORDER BY pid".encode()).fetchall()
    kind = random.choices(("-writer", "travellr-follower-", "-log", "travellr-listen"), (70, 20, 8, 2))[0]
    theirs = [(name, pid) for name, pid in rows if kind in name]
    if not theirs:
        return None
    _, pid = random.choice(theirs)
    owner.execute("SELECT pg_terminate_backend(%s)", (pid,))
    return kind.strip("-")


def level(owner: Connection[TupleRow]) -> bool:
    """Every follower is at the end of the log. One that met poison says where, and fails the test at once."""
    rows = owner.execute(
        "SELECT name, position = (SELECT max(notification_id) FROM log.events), error, error_position FROM ops.follower"
    ).fetchall()
    assert [row for row in rows if row[2]] == []
    return all(row[1] for row in rows)


def test_every_follower_applies_exactly_what_sixty_four_writers_committed(
    database_url: str,
    owner: Connection[TupleRow],
    tmp_path: Path,
    seed: int,
    random: Random,
    say: Callable[[str], None],
) -> None:
    killed = Counter[str | None]()
    doubled = [followed for followed in FOLLOWED for _ in range(2)]  # The second stands by, and takes over.
    with running(database_url, *doubled, listen=True), writers(database_url, seed, tmp_path) as processes:
        end = time.monotonic() + SECONDS + END_MAX_S
        while any(process.poll() is None for process in processes):
            assert time.monotonic() < end, "writers do not end"
            killed[kill_somebody(owner, random)] += 1
            time.sleep(random.uniform(0, 0.15))
        assert [process.returncode for process in processes] == [0] * PROCESSES
        eventually(lambda: level(owner), CATCH_UP_MAX_S)
    attempts = [
        attempt
        for n in range(PROCESSES)
        for attempt in msgspec.json.decode((tmp_path / f"{n}.json").read_bytes(), type=list[Attempt])
    ]
    told = Counter(attempt.told for attempt in attempts)
    found = truth(owner, attempts)
    say(f"{found.events} events; told {dict(told)}; killed {dict(killed)}")
    assert (found.lost, found.wrong) == ([], [])
    assert {what: rows for what, query in CONTRADICTIONS.items() if (rows := look(owner, query))} == {}
    assert {f.projection.name: compare(owner, f.projection) for f in FOLLOWED[1:]} == {
        f.projection.name: [] for f in FOLLOWED[1:]
    }
    # The storm was one.
    assert min(told["acknowledged"], told["refused"], told["unknown"]) > 0
    assert min(killed["writer"], killed["travellr-follower"]) > 10


def look(owner: Connection[TupleRow], query: str) -> list[TupleRow]:
    return owner.execute(f"{query} LIMIT 5".encode()).fetchall()
