"""A whole Travellr inside a test: commands really run, followers and tasks run when the test says so."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Json

from commands.append import Meta
from domain.actor import SYSTEM, Actor
from infrastructure.business_clock import move_clock, read_clock
from infrastructure.database import connect
from infrastructure.settings import Settings, load_settings
from projections.catalogue import PROJECTIONS
from tests.integration.servers import SANDBOX_KEY
from workers.board import Board
from workers.doorbell import Doorbell
from workers.follower import Followed, FollowerThread, step
from workers.hands import Hands
from workers.listener import listen as listen_for
from workers.perform import perform
from workers.processes import equipped
from workers.react import REACT
from workers.webhook_fan_out import WEBHOOKS_OUT, write

NOWHERE = "http://127.0.0.1:9"
FOLLOWED = (
    *(Followed(p) for p in PROJECTIONS.values()),
    Followed(REACT, schema="board"),
    Followed(WEBHOOKS_OUT, write=write),
)


@dataclass(frozen=True)
class World:
    url: str
    settings: Settings
    hands: Hands
    board: Board
    doorbell: Doorbell
    own: Connection[TupleRow]  # In the role of the running system.

    def do(self, command: Any, by: Actor = SYSTEM) -> Any:
        """Carry out a command; what its handler returned."""
        meta = Meta(by, type(command).__name__, "test")
        return self.hands.loop.run(self.hands.container.dispatch(command, meta=meta)).result

    def follow(self) -> None:
        """Every follower reads the log to its end."""
        for followed in FOLLOWED:
            while step(self.own, followed):
                pass

    def work(self) -> int:
        """Do every task that is due now; how many there were."""
        due = self.board.due(1_000)
        for rung in due:
            perform(rung.task_id, self.board, self.hands)
        return len(due)

    def settle(self) -> None:
        """Followers and tasks in turns, until nothing is left that is due."""
        self.follow()
        while self.work():
            self.follow()

    def hurry(self) -> None:
        """What was put off is due now."""
        self.own.execute("UPDATE board.task SET due_at = clock_timestamp() WHERE state = 'due'")

    def settle_until(self, query: LiteralString, *values: Any) -> None:
        """As `settle`, again and again, until the query gives a row: for what the provider does in its own time."""
        for _ in range(200):
            self.settle()
            if self.rows(query, *values):
                return
            self.hurry()
        raise AssertionError(
            self.rows("SELECT kind, state, attempts, last_error FROM board.task WHERE state <> 'done'")
        )

    def now(self) -> datetime:
        return read_clock(self.own).now

    def travel(self, to: datetime) -> None:
        move_clock(self.own, to)

    def rows(self, query: LiteralString, *values: Any) -> list[TupleRow]:
        return self.own.execute(query, values).fetchall()

    def row(self, query: LiteralString, *values: Any) -> TupleRow:
        """The one row of this query."""
        (only,) = self.rows(query, *values)
        return only

    def task(self, kind: str) -> UUID:
        """The id of the newest task of this kind."""
        task_id: UUID = self.rows("SELECT task_id FROM board.task WHERE kind = %s ORDER BY caused_by DESC", kind)[0][0]
        return task_id

    def news(self, kind: str, object_id: str, account: str | None = None) -> None:
        """A webhook has come: the task that the API makes of it, done."""
        arguments = Json({"type": kind, "object_id": object_id, "account": account})
        self.own.execute(
            "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'stripe_news', %s)", (uuid4(), arguments)
        )
        self.settle()

    def in_peace(self) -> bool:
        """Nothing is left to do, and nothing went wrong for good."""
        return self.rows("SELECT kind, state, last_error FROM board.task WHERE state <> 'done'") == []

    def clearing(self) -> int:
        """What Stripe has not confirmed yet of what we expected of it."""
        balances = self.rows(
            "SELECT debit_minor - credit_minor FROM read.ledger_account WHERE account = 'stripe.clearing'"
        )
        return sum(balance for (balance,) in balances)


def superuser(url: str) -> Connection[TupleRow]:
    """A connection that may do what the running system may not."""
    return psycopg.connect(url, autocommit=True)


@contextmanager
def world_on(
    url: str, home: Path, *, redis_url: str = "redis://127.0.0.1:9", stripe: str = NOWHERE, **more: Any
) -> Iterator[World]:
    """A world on this database; without `stripe` and `redis_url` these two are away. `more` are further settings."""
    settings = load_settings(
        {}, home=home, database_url=url, redis_url=redis_url, stripe_api_key=SANDBOX_KEY, stripe_api_base=stripe, **more
    )
    with equipped(settings, "test") as (hands, board, doorbell), connect(url, name="test-own") as own:
        yield World(url, settings, hands, board, doorbell, own)


@contextmanager
def running(url: str, *followed: Followed, listen: bool = False) -> Iterator[list[FollowerThread]]:
    """Followers as threads, as in the process `followers`; with `listen` they are woken by NOTIFY."""
    stop = threading.Event()
    followers = [FollowerThread(url, one, stop) for one in followed]
    threads: list[threading.Thread] = [*followers]
    if listen:
        threads.append(threading.Thread(target=listen_for, args=(url, followers, stop), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield followers
    finally:
        stop.set()
        for follower in followers:
            follower.wake.set()
        for thread in threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in threads)
