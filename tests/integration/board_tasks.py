"""Tasks of a test on the board: made, leased, left by their worker, looked at."""

from uuid import UUID, uuid4

from tests.integration.world import World
from workers.board import Leased


def new_task(world: World, kind: str = "test") -> UUID:
    task_id = uuid4()
    world.own.execute("INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, %s, '{}')", (task_id, kind))
    return task_id


def leased(world: World, task_id: UUID) -> Leased:
    task = world.board.lease(task_id)
    assert task is not None
    return task


def run_out(world: World) -> None:
    """The holder of the lease has not been heard of for too long."""
    world.own.execute("UPDATE board.task SET lease_until = clock_timestamp() - interval '1 ms' WHERE state = 'running'")


def task_of(world: World, task_id: UUID) -> tuple[str, int, int]:
    state, attempts, fence = world.row("SELECT state, attempts, fence FROM board.task WHERE task_id = %s", task_id)
    return state, attempts, fence
