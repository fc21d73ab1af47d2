"""kill -9 of the whole PostgreSQL under eight writers, again and again: what was acknowledged is there."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from infrastructure.blocking import LoopThread
from infrastructure.embedded import postgres
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.embedded.process import processes_in, send, wait_until
from infrastructure.event_log import EventLog, event_log
from infrastructure.migrations import migrate
from tests.chaos.attempts import Asked, Attempt, Truth, asked, truth
from tests.integration.appends import facts

pytestmark = pytest.mark.chaos

ROUNDS: Final = 30
ROUNDS_TO_LOSE_MAX: Final = 12
LOGS: Final = 2  # As in two processes, so that a kill also meets a batch that waits for the lock.
WRITERS: Final = 8
IMPATIENT: Final = 2
LIFE_MAX_S: Final = 0.25
ROUND_MAX_S: Final = 30.0


@dataclass
class Cluster:
    """A durable PostgreSQL that is killed and started again, always at the same address."""

    folder: Path
    server: postgres.PostgresServer

    @property
    def url(self) -> str:
        return self.server.url("travellr")

    def kill(self) -> None:
        """All at once, the postmaster first, so that whoever it was starting is the last."""
        data = self.server.data
        for pid in (self.server.pid, *processes_in(data, "postgres")):
            send(pid, signal.SIGKILL)
        assert wait_until(lambda: not self.server.alive(), 5)
        for pid in processes_in(data, "postgres"):
            send(pid, signal.SIGKILL)
        assert wait_until(lambda: not processes_in(data, "postgres"), 5)

    def start(self) -> None:
        """Returns after the recovery."""
        address = self.url
        self.server = postgres.start(self.folder)
        assert self.url == address


@pytest.fixture
def cluster_to_kill() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="travellr-chaos-"))
    cluster = Cluster(folder, postgres.start(folder))
    try:
        cluster.server.ensure_database("travellr")
        migrate(cluster.url)
        yield cluster
    finally:
        cluster.server.stop()
        discard_place(folder)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Storm:
    """Eight writers in one event loop, on logs that live through every kill; and all that they have attempted."""

    random: Random
    attempts: list[Attempt] = field(default_factory=list)
    unknown: list[Asked] = field(default_factory=list)
    found_there: int = 0

    @property
    def acknowledged(self) -> int:
        return sum(attempt.told == "acknowledged" for attempt in self.attempts)

    def asked(self) -> Asked:
        """One to three events of one or two new streams."""
        events = facts(self.random.randint(1, 2)) + (facts(1) if self.random.random() < 0.3 else ())
        one = asked(f"append {len(self.attempts)}", *events)
        self.attempts.append(one.attempt)
        return one

    async def until_killed(self, logs: list[EventLog], cluster: Cluster) -> None:
        """Write until PostgreSQL is killed at a random moment; just before, some writers no longer wait for answers."""
        before = self.acknowledged
        writing = asyncio.Event()

        async def write(log: EventLog) -> None:
            while True:
                one = self.asked()
                try:
                    await one.of(log)
                finally:
                    if one.attempt.told == "unknown":
                        self.unknown.append(one)
                if one.attempt.told == "unknown":
                    return
                writing.set()

        async with asyncio.timeout(ROUND_MAX_S):
            writers = [asyncio.create_task(write(logs[n % LOGS])) for n in range(WRITERS)]
            await writing.wait()
            await asyncio.sleep(self.random.uniform(0, LIFE_MAX_S))
            for impatient in self.random.sample(writers, IMPATIENT):
                impatient.cancel()
            await asyncio.sleep(self.random.uniform(0, 0.002))
            await asyncio.to_thread(cluster.kill)
            ended = await asyncio.gather(*writers, return_exceptions=True)
        assert [type(one) for one in ended if one is not None] == [asyncio.CancelledError] * IMPATIENT
        assert self.acknowledged > before

    async def ask_again(self, logs: list[EventLog], head: int) -> None:
        """With the same key: it finds out what became of it, or is carried out now, and it stays so."""
        asking, self.unknown = self.unknown, []

        async def twice(one: Asked, log: EventLog) -> int:
            for _ in range(2):
                one.attempt.told = "unknown"
                assert (await one.until_known(log, self.random)).told == "acknowledged"
            return one.attempt.position

        async with asyncio.timeout(ROUND_MAX_S):
            positions = await asyncio.gather(*(twice(one, logs[n % LOGS]) for n, one in enumerate(asking)))
        # A position of the time before the kill means that it had been written then.
        self.found_there += sum(position <= head for position in positions)


def looked(cluster: Cluster, storm: Storm) -> Truth:
    with psycopg.connect(cluster.url) as connection:
        return truth(connection, storm.attempts)


def rounds(cluster: Cluster, url: str, storm: Storm, most: int) -> Generator[Truth, None, None]:
    """What the log says after each kill and recovery, before anybody asks again."""
    loop = LoopThread()
    stack = AsyncExitStack()

    async def opened() -> list[EventLog]:
        return [await stack.enter_async_context(event_log(url, name=f"killed{n}", connections=2)) for n in range(LOGS)]

    try:
        logs = loop.run(opened())
        for _ in range(most):
            loop.run(storm.until_killed(logs, cluster))
            cluster.start()
            found = looked(cluster, storm)
            yield found
            loop.run(storm.ask_again(logs, found.events))
    finally:
        loop.run(stack.aclose())
        loop.close()


def test_no_acknowledged_append_is_lost_in_thirty_kills(
    cluster_to_kill: Cluster, random: Random, say: Callable[[str], None]
) -> None:
    storm = Storm(random)
    with closing(rounds(cluster_to_kill, cluster_to_kill.url, storm, ROUNDS)) as kills:
        for found in kills:
            assert (found.lost, found.wrong) == ([], [])
    found = looked(cluster_to_kill, storm)
    assert (found.lost, found.wrong) == ([], [])
    assert {attempt.told for attempt in storm.attempts} == {"acknowledged"}, "every unknown one was asked for again"
    assert storm.found_there > 0
    say(f"{storm.acknowledged} acknowledged, {found.events} events, {storm.found_there} unknown ones were there")


def test_with_synchronous_commit_off_some_are_lost_so_this_test_can_fail(
    cluster_to_kill: Cluster, random: Random, say: Callable[[str], None]
) -> None:
    storm = Storm(random)
    careless = make_conninfo(cluster_to_kill.url, options="-c synchronous_commit=off")
    with closing(rounds(cluster_to_kill, careless, storm, ROUNDS_TO_LOSE_MAX)) as kills:
        for number, found in enumerate(kills, 1):
            say(f"round {number}: {len(found.lost)} of {storm.acknowledged} acknowledged were lost")
            assert found.wrong == []
            if found.lost:
                return
    pytest.fail("nothing was lost, so the test before this one proves nothing")
