"""A task from the bell to its end, with a real Valkey for the bell and a real dramatiq worker to hear it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import dramatiq
import psycopg
import pytest
import redis
from psycopg_pool import ConnectionPool

from commands.append import StaleFence
from infrastructure.embedded.valkey import ValkeyServer
from tests.integration.board_tasks import new_task, run_out, task_of
from tests.integration.servers import eventually
from tests.integration.world import World, world_on
from workers.actors import ACTORS
from workers.board import Board, Leased, Rung
from workers.doorbell import QUEUE
from workers.hands import Hands, NotYet
from workers.perform import perform
from workers.processes import SWEEP_MAX, sweep

Act = Callable[[Leased, Hands], None]


@pytest.fixture
def world(database_url: str, tmp_path: Path, valkey: ValkeyServer) -> Iterator[World]:
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    with world_on(database_url, tmp_path, redis_url=valkey.url) as world:
        yield world


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], None]:
    """Sets what `charge` does, so that a test may see it fail in its own way."""

    def set_act(act: Act) -> None:
        monkeypatch.setitem(ACTORS, "charge", act)

    return set_act


@contextmanager
def worker(world: World) -> Iterator[None]:
    """Four threads of dramatiq that hear this world's bell."""
    dramatiq_worker = dramatiq.Worker(world.doorbell.broker, worker_threads=4, worker_timeout=50)
    dramatiq_worker.start()
    try:
        yield
    finally:
        dramatiq_worker.stop(timeout=5_000)


def raising(error: Exception) -> Act:
    def act(_task: Leased, _hands: Hands) -> None:
        raise error

    return act


class TestPerform:
    def test_an_actor_that_returns_closes_its_task(self, world: World, acts: Callable[[Act], None]) -> None:
        acts(lambda _task, _hands: None)
        task_id = new_task(world, "charge")
        perform(task_id, world.board, world.hands)
        assert task_of(world, task_id) == ("done", 1, 1)

    def test_one_that_has_to_wait_is_put_off(self, world: World, acts: Callable[[Act], None]) -> None:
        acts(raising(NotYet(5.0, "it takes time")))
        task_id = new_task(world, "charge")
        perform(task_id, world.board, world.hands)
        assert task_of(world, task_id) == ("due", 0, 1)

    @pytest.mark.parametrize("error", [RuntimeError("x"), psycopg.OperationalError("x"), AssertionError(), KeyError(1)])
    def test_one_that_fails_fails_on_the_board(
        self, world: World, acts: Callable[[Act], None], error: Exception
    ) -> None:
        acts(raising(error))
        task_id = new_task(world, "charge")
        perform(task_id, world.board, world.hands)
        assert task_of(world, task_id) == ("due", 1, 1)
        assert type(error).__name__ in world.row("SELECT last_error FROM board.task")[0]

    def test_one_that_was_taken_over_says_nothing(self, world: World, acts: Callable[[Act], None]) -> None:
        acts(raising(StaleFence()))
        task_id = new_task(world, "charge")
        perform(task_id, world.board, world.hands)
        assert task_of(world, task_id) == ("running", 1, 1)

    def test_an_unknown_kind_fails_on_the_board(self, world: World) -> None:
        task_id = new_task(world, "from_the_future")
        perform(task_id, world.board, world.hands)
        assert task_of(world, task_id) == ("due", 1, 1)

    def test_an_unknown_task_is_nothing(self, world: World) -> None:
        perform(uuid4(), world.board, world.hands)

    def test_with_the_board_away_it_does_not_raise(self, world: World) -> None:
        """Neither before the task nor after it."""
        gone: Any = ConnectionPool(world.url.replace("host=/", "host=/nowhere/"), open=False, timeout=0.1)
        perform(uuid4(), Board(gone), world.hands)

    def test_with_the_board_away_at_the_end_the_lease_runs_out(self, world: World, acts: Callable[[Act], None]) -> None:
        def act(_task: Leased, hands: Hands) -> None:
            hands.pool.close()

        acts(act)
        task_id = new_task(world, "charge")
        perform(task_id, world.board, world.hands)
        assert task_of(world, task_id) == ("running", 1, 1)

    def test_of_two_at_once_one_acts(self, world: World, acts: Callable[[Act], None]) -> None:
        acted: list[int] = []
        inside, go = threading.Event(), threading.Event()

        def act(task: Leased, _hands: Hands) -> None:
            acted.append(task.attempt)
            inside.set()
            go.wait(10)

        acts(act)
        task_id = new_task(world, "charge")
        first = threading.Thread(target=perform, args=(task_id, world.board, world.hands))
        first.start()
        assert inside.wait(10)
        perform(task_id, world.board, world.hands)
        go.set()
        first.join(10)
        assert (acted, task_of(world, task_id)) == ([1], ("done", 1, 1))


class TestTheBell:
    def test_what_is_rung_for_is_done(self, world: World, acts: Callable[[Act], None]) -> None:
        acts(lambda _task, _hands: None)
        tasks = [new_task(world, "charge") for _ in range(20)]
        with worker(world):
            world.doorbell.ring(Rung(task_id, "charge") for task_id in tasks)
            eventually(lambda: all(task_of(world, task_id)[0] == "done" for task_id in tasks))

    def test_what_redis_forgot_is_rung_for_again(
        self, world: World, acts: Callable[[Act], None], valkey: ValkeyServer
    ) -> None:
        acts(lambda _task, _hands: None)
        tasks = [new_task(world, "charge") for _ in range(5)]
        world.doorbell.ring(Rung(task_id, "charge") for task_id in tasks)
        with redis.Redis.from_url(valkey.url) as client:
            assert client.llen(f"dramatiq:{QUEUE}") == 5
            client.flushall()
        with worker(world):
            assert [task_of(world, task_id)[0] for task_id in tasks] == ["due"] * 5
            sweep(world.board, world.doorbell)
            eventually(lambda: all(task_of(world, task_id)[0] == "done" for task_id in tasks))

    def test_what_a_dead_worker_left_is_rung_for_again(self, world: World, acts: Callable[[Act], None]) -> None:
        acts(lambda _task, _hands: None)
        task_id = new_task(world, "charge")
        assert world.board.lease(task_id) is not None
        run_out(world)
        with worker(world):
            sweep(world.board, world.doorbell)
            eventually(lambda: task_of(world, task_id)[0] == "done")
        assert task_of(world, task_id) == ("done", 2, 2)

    def test_a_message_that_comes_three_times_is_done_once(self, world: World, acts: Callable[[Act], None]) -> None:
        acted: list[UUID] = []
        acts(lambda task, _hands: acted.append(task.task_id))
        first, last = new_task(world, "charge"), new_task(world, "charge")
        with worker(world):
            world.doorbell.ring([Rung(first, "charge")] * 3)
            eventually(lambda: task_of(world, first)[0] == "done" and world.doorbell.unheard() == 0)
            world.doorbell.ring([Rung(last, "charge")])
            eventually(lambda: task_of(world, last)[0] == "done")
        assert acted.count(first) == 1

    def test_while_nobody_hears_it_the_sweeper_does_not_fill_redis(self, world: World) -> None:
        for _ in range(50):
            new_task(world, "charge")
        for _ in range(30):
            sweep(world.board, world.doorbell)
        assert SWEEP_MAX <= world.doorbell.unheard() < 2 * SWEEP_MAX

    def test_a_kind_that_is_unknown_here_is_not_rung_for(self, world: World) -> None:
        world.doorbell.ring([Rung(uuid4(), "from_the_future"), Rung(uuid4(), "charge")])
        assert world.doorbell.unheard() == 1

    def test_without_redis_ringing_is_silent(self, database_url: str, tmp_path: Path) -> None:
        for url in ("redis://127.0.0.1:9", f"unix://{tmp_path}/nothing.sock"):
            with world_on(database_url, tmp_path, redis_url=url) as world:
                world.doorbell.ring([Rung(uuid4(), "charge")])
                sweep(world.board, world.doorbell)
                assert world.doorbell.unheard() == 0
