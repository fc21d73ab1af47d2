"""Our append path as a contestant: the log and the dispatch of commands, in one event loop as in the API's process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import uvloop

from bench.loops import tasks_per_s
from bench.makings import META, life_of_a_listing
from commands.append import Append
from commands.dispatch import dispatch
from domain.policy import Policy
from infrastructure.event_log import EventLog, event_log

T = TypeVar("T")
POLICY: Final = Policy()


class Ours:
    def __init__(self, runner: asyncio.Runner, log: EventLog) -> None:
        self.log = log
        self._runner = runner
        self._stories: dict[int, Iterator[Any]] = {}

    def run(self, work: Awaitable[T]) -> T:
        async def whole() -> T:
            return await work

        return self._runner.run(whole())

    def appends_per_s(self, make: Callable[[], Append], writers: int, seconds: float) -> float:
        """Ready events alone, through the log."""
        return self.run(tasks_per_s(lambda _: self.log.commit(make()), writers, seconds))

    def commands_per_s(self, writers: int, seconds: float) -> float:
        """The whole write path: load the aggregate, decide, map, commit."""
        return self.run(tasks_per_s(self._next_command, writers, seconds))

    async def _next_command(self, writer: int) -> None:
        command = next(self._stories.get(writer, iter(())), None)
        if command is None:
            self._stories[writer] = life_of_a_listing()
            command = next(self._stories[writer])
        await dispatch(command, log=self.log, policy=POLICY, meta=META)


@contextmanager
def ours(url: str) -> Iterator[Ours]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        log = event_log(url, name="bench", connections=8)
        opened = runner.run(log.__aenter__())
        try:
            # Connected now: between the rounds this loop stands still, and a connection that is begun then times out.
            runner.run(opened.read(()))
            yield Ours(runner, opened)
        finally:
            runner.run(log.__aexit__(None, None, None))
