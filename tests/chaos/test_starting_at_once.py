"""Eight processes start at once on a server where nothing is yet, and where everything is: no error, one schema."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
import psycopg
import pytest
from psycopg import sql

from infrastructure.embedded import postgres
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.migrations import check, known, migrate
from tests.chaos.starts import PROCESSES, Started
from tests.conftest import throw_away_folder

pytestmark = pytest.mark.chaos

ROOT: Final = Path(__file__).parents[2]
ROUNDS: Final = 20
NAMES: Final = [f"{migration.number:04} {migration.name}" for migration in known()]


@pytest.fixture(scope="module")
def bare_cluster() -> Iterator[postgres.PostgresServer]:
    """A server of its own: the role of the running system belongs to a whole server, and must be missing at first."""
    folder = throw_away_folder()
    server = postgres.start(folder, durable=False)
    try:
        yield server
    finally:
        server.stop()
        discard_place(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def starter() -> Iterator[subprocess.Popen[str]]:
    """The process that forks; every one of its children ends by itself within its alarm."""
    command = [sys.executable, "-m", "tests.chaos.starts"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def eight_started(starter: subprocess.Popen[str], url: str) -> list[Started]:
    assert starter.stdin is not None
    assert starter.stdout is not None
    starter.stdin.write(f"{url}\n")
    starter.stdin.flush()
    return msgspec.json.decode(starter.stdout.readline(), type=list[Started])


@pytest.mark.parametrize("kind", ["empty", "existing"])
def test_eight_at_once_start_without_an_error(
    bare_cluster: postgres.PostgresServer, starter: subprocess.Popen[str], kind: str
) -> None:
    with psycopg.connect(bare_cluster.url("postgres"), autocommit=True) as server:
        for number in range(ROUNDS):
            name = f"starts_{uuid4().hex}"
            url = bare_cluster.url(name)
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            if kind == "existing":
                migrate(url)
            started = eight_started(starter, url)
            assert [one.error for one in started] == [None] * PROCESSES, f"round {number}"
            applied = sorted(one.applied for one in started)
            assert applied == [[]] * (PROCESSES - 1) + [NAMES if kind == "empty" else []]
            assert sorted(one.position for one in started) == list(range(1, PROCESSES + 1))
            check(url)
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            server.execute("DROP ROLE travellr_app")
