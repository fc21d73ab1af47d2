"""A worker that is really killed around a mail: the mail leaves once or twice, never not at all, and is one mail."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Json
from pydantic import SecretStr

from domain.actor import Actor
from tests.integration.messaging import joins, with_settings
from tests.integration.servers import eventually
from tests.integration.smtp_server import SmtpServer, smtp_server
from tests.integration.world import World, superuser, world_on

ONE_TASK = """
import sys, uuid
from infrastructure.settings import load_settings
from workers.perform import perform
from workers.processes import equipped
with equipped(load_settings(), "killed") as (hands, board, _):
    perform(uuid.UUID(sys.argv[1]), board, hands)
"""
ROUNDS = 2
_WAITING = (
    "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def world(database_url: str, tmp_path: Path, server: SmtpServer) -> Iterator[World]:
    with world_on(database_url, tmp_path) as plain:
        yield with_settings(plain, plain.settings.model_copy(update={"smtp_url": SecretStr(server.url)}))


@pytest.fixture
def person(world: World, server: SmtpServer) -> Actor:
    """Somebody who has had all mail so far."""
    person = joins(world, phone=None)
    world.settle()
    server.received.clear()
    return person


def owed(world: World, person: Actor) -> UUID:
    """One mail that is due."""
    task_id = uuid4()
    arguments = Json({"letter": "password_changed", "account_id": str(person.account_id)})
    world.own.execute("INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'mail', %s)", (task_id, arguments))
    return task_id


def worker(world: World, task_id: UUID) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **world.settings.environment()}
    return subprocess.Popen([sys.executable, "-c", ONE_TASK, str(task_id)], env=environment)


@contextmanager
def nobody_can_note(world: World) -> Iterator[None]:
    """Whoever wants to write down what became of a message waits; and gets nowhere if he is dead by then."""
    with superuser(world.url) as connection, connection.transaction():
        connection.execute("SELECT FROM people.message FOR UPDATE")
        yield
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({_WAITING}) AS waiting")


def taken_over(world: World) -> None:
    world.own.execute("UPDATE board.task SET lease_until = clock_timestamp() WHERE state = 'running'")
    world.settle()


def test_killed_between_the_answer_and_the_note_it_is_sent_once_more(
    world: World, server: SmtpServer, person: Actor
) -> None:
    for number in range(1, ROUNDS + 1):
        task_id, sent, may_answer = owed(world, person), threading.Event(), threading.Event()
        server.before_answer = lambda sent=sent, may=may_answer: (sent.set(), may.wait(30))  # type: ignore[misc]
        child = worker(world, task_id)
        assert sent.wait(30)
        with nobody_can_note(world):
            may_answer.set()
            eventually(lambda: world.rows(_WAITING), 30)
            child.kill()
            child.wait(10)
        server.before_answer = lambda: None
        assert len(server.received) == 2 * number - 1
        assert world.rows("SELECT state FROM board.task WHERE task_id = %s", task_id) == [("running",)]
        taken_over(world)
        assert len(server.received) == 2 * number, "nobody knows that it was sent: better twice than never"
    assert len({mail["Message-ID"] for mail in server.received}) == ROUNDS
    assert {state for (state,) in world.rows("SELECT state FROM people.message")} == {"sent"}
    assert world.in_peace()


@pytest.mark.parametrize("after_s", [0, 0.005])
def test_killed_around_the_answer_it_is_sent_once_or_twice(
    world: World, server: SmtpServer, person: Actor, after_s: float
) -> None:
    task_id = owed(world, person)
    child = worker(world, task_id)
    server.before_answer = lambda: threading.Timer(after_s, child.kill).start() if after_s else child.kill()
    child.wait(30)
    server.before_answer = lambda: None
    taken_over(world)
    assert 1 <= len(server.received) <= 2
    assert len({mail["Message-ID"] for mail in server.received}) == 1
    assert after_s or len(server.received) == 2
    assert {state for (state,) in world.rows("SELECT state FROM people.message")} == {"sent"}
    assert world.in_peace()
