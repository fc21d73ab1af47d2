"""The doorbell: dramatiq on Redis tells workers that a task is due. Losing it costs time, never a task."""

from collections.abc import Callable, Iterable
from typing import Final, cast
from uuid import UUID

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError

from workers.board import Rung

QUEUE: Final = "tasks"
# What waits for servers of other people, or reads the whole log, has a queue and threads of its own: money never stands
# behind it.
SLOW_QUEUE: Final = "webhooks"
SLOW_KINDS: Final = frozenset({"webhook_out", "replay", "drop_replays"})
log = structlog.get_logger()

Ring = dramatiq.Actor[[str], None]


def queue_of(kind: str) -> str:
    return SLOW_QUEUE if kind in SLOW_KINDS else QUEUE


class Doorbell:
    """One actor per kind of task; a message carries only the task's id.

    dramatiq's own retries are left out on purpose: they lose the message if Redis is away when an actor raises, and do
    not count crashes (ADR 0005). Actors return normally; what is to be done again stands on the board.
    """

    def __init__(self, redis_url: str, kinds: Iterable[str], perform: Callable[[UUID], None]) -> None:
        self.broker = RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq leaves this one untyped
            url=redis_url, middleware=[], maintenance_chance=100_000, heartbeat_timeout=15_000
        )
        self._actors = {kind: self._actor(kind, perform) for kind in kinds}

    def _actor(self, kind: str, perform: Callable[[UUID], None]) -> Ring:
        def act(task_id: str) -> None:
            perform(UUID(task_id))

        return dramatiq.Actor(
            act, broker=self.broker, actor_name=kind, queue_name=queue_of(kind), priority=0, options={}
        )

    def ring(self, tasks: Iterable[Rung]) -> None:
        """Ring for each task; without Redis nothing happens, and the sweeper rings again later.

        A kind that this version does not know is left to one that does.
        """
        try:
            for task in tasks:
                if task.kind in self._actors:
                    self._actors[task.kind].send(str(task.task_id))
        except (redis.RedisError, BrokerConnectionError) as error:
            log.warning("doorbell_silent", error=str(error))

    def kinds(self, queue: str) -> list[str]:
        """The kinds of task whose rings go into this queue."""
        return [kind for kind in self._actors if queue_of(kind) == queue]

    def unheard(self, queue: str = QUEUE) -> int:
        """How many rings nobody has answered yet; 0 without Redis."""
        try:
            return cast("int", self.broker.client.llen(f"{self.broker.namespace}:{queue}"))
        except redis.RedisError:
            return 0
