"""`travellr doctor` says what is used and what is wrong with it, up or down, and changes nothing."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure import migrations
from infrastructure.embedded import postgres, valkey
from infrastructure.embedded.postgres_place import discard_place

TRAVELLR = Path(sys.executable).with_name("travellr")


def doctor(home: Path, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = travellr(home, "doctor", "--json", **variables)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["fine"] else 1)
    return done.returncode, {finding["what"]: finding for finding in report["findings"]}


def travellr(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    foreign = {name: value for name, value in os.environ.items() if not name.startswith("TRAVELLR_")}
    environment = {**foreign, "TRAVELLR_HOME": str(home), "TRAVELLR_PORT": free_port(), **variables}
    return subprocess.run(
        [str(TRAVELLR), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[postgres.PostgresServer]:
    server = postgres.start(tmp_path / "elsewhere")
    server.ensure_database("travellr")
    yield server
    server.stop()
    discard_place(tmp_path / "elsewhere")


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[valkey.ValkeyServer]:
    server = valkey.start(tmp_path / "queue")
    yield server
    server.stop()


def test_down_with_nothing_configured_is_fine_and_leaves_no_trace(tmp_path: Path) -> None:
    code, found = doctor(tmp_path / "home")
    assert code == 0
    assert found["database"]["found"] == found["queue"]["found"] == "embedded, not running"
    assert found["stripe"]["found"] == "sandbox, not running"
    assert not (tmp_path / "home").exists()


def test_what_is_configured_and_well_is_described(
    tmp_path: Path, database: postgres.PostgresServer, queue: valkey.ValkeyServer
) -> None:
    url = database.url("travellr")
    migrations.migrate(url)
    code, found = doctor(tmp_path / "home", TRAVELLR_DATABASE_URL=url, TRAVELLR_REDIS_URL=queue.url)
    assert code == 0, found
    assert found["database"]["found"].startswith("configured, PostgreSQL 18.")
    assert found["durability"]["found"].startswith("fsync on, synchronous_commit on, full_page_writes on")
    assert found["schema"]["problem"] is found["clock"]["problem"] is None
    assert "appendonly on, noeviction" in found["queue"]["found"]


def test_a_database_without_our_schema_and_a_forgetful_one_are_named(
    tmp_path: Path, database: postgres.PostgresServer
) -> None:
    forgetful = f"{database.url('travellr')}&options=-c%20synchronous_commit%3Doff"
    code, found = doctor(tmp_path / "home", TRAVELLR_DATABASE_URL=forgetful)
    assert code == 1
    assert found["durability"]["problem"] == "must be on: synchronous_commit"
    assert "travellr migrate" in found["schema"]["problem"]


def test_servers_that_are_away_are_named(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    code, found = doctor(
        tmp_path / "home",
        TRAVELLR_DATABASE_URL=f"postgresql://postgres@/travellr?host={nowhere}",
        TRAVELLR_REDIS_URL=f"unix://{nowhere}",
        TRAVELLR_STRIPE_API_KEY="sk_test_x",
        TRAVELLR_STRIPE_API_BASE=f"http://127.0.0.1:{free_port()}",
    )
    assert code == 1
    assert "cannot be used" in found["database"]["problem"]
    assert "cannot be used" in found["queue"]["problem"]
    assert "cannot be reached" in found["stripe"]["problem"]


def test_whoever_holds_the_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, found = doctor(tmp_path / "home", TRAVELLR_PORT=str(taken.getsockname()[1]))
    assert code == 1
    assert f"process {os.getpid()} " in found["port"]["problem"]


def test_secrets_that_others_can_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    (tmp_path / "secrets.json").chmod(0o644)
    code, found = doctor(tmp_path)
    assert code == 1
    assert "can be read by others" in found["secrets"]["problem"]


def test_every_secret_that_stripe_itself_needs_is_named(tmp_path: Path) -> None:
    done = travellr(tmp_path, "doctor", "--json", "--no-stripe", TRAVELLR_STRIPE_API_KEY="sk_live_x")
    problems = {finding["what"]: finding["problem"] for finding in json.loads(done.stdout)["findings"]}
    assert problems["secrets"].count("is missing") == 3
    assert "stripe" not in problems


def test_bad_settings_are_plain_lines_and_no_traceback(tmp_path: Path) -> None:
    done = travellr(tmp_path, "up", TRAVELLR_PORT="eighty", TRAVELLR_COMMISSION_BP="-1")
    assert done.returncode == 2
    assert [line.split()[:2] for line in done.stderr.splitlines()] == [
        ["travellr:", "TRAVELLR_PORT"],
        ["travellr:", "TRAVELLR_COMMISSION_BP"],
    ]


def test_a_survivor_of_kill_9_is_described(tmp_path: Path) -> None:
    home = tmp_path / "home"
    server = postgres.start(home / "postgres", durable=False)
    server.ensure_database("travellr")
    try:
        _, found = doctor(home)
        assert "left running" in found["database"]["found"]
        assert found["durability"]["problem"] == "must be on: fsync"
    finally:
        server.stop()
        discard_place(home / "postgres")
        shutil.rmtree(home)
