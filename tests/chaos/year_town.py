"""A running system for a year: commands many at a time, its clock, and the way to its sandbox Stripe."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from commands.append import Meta
from commands.register_account import RegisterAccount
from domain.actor import Actor, Role
from domain.refusal import Refusal
from infrastructure.keyring import Keyring
from infrastructure.sessions import Sessions
from infrastructure.tokens import Claims, Tokens
from infrastructure.vault import Place
from tests.acceptance.system import System, settings_of
from tests.integration.servers import SANDBOX_KEY
from workers.board import Board, Rung
from workers.doorbell import Doorbell
from workers.hands import Hands
from workers.processes import equipped, sweep

AT_ONCE: Final = 48
REST_S: Final = 90.0
HURRY_S: Final = 0.25
# What is put off by more than this waits for something in the world, such as a bank, and not for us.
SOON_S: Final = 120
# Tasks find out everything else by looking; of these things Stripe alone can tell.
TOLD: Final = ("charge.dispute.created", "charge.dispute.closed", "payout.failed", "account.updated")

Deed = tuple[Any, Actor]


@dataclass
class Town:
    """`refused` counts the commands that were refused, by command and code."""

    system: System
    hands: Hands
    database: Connection[TupleRow]
    stripe: httpx.Client
    refused: Counter[str] = field(default_factory=Counter)

    def do(self, deeds: Iterable[Deed]) -> list[bool]:
        """Carry out these commands, many at a time; which of them were not refused, in their order."""
        return self.hands.loop.run(self._do(list(deeds)))

    async def _do(self, deeds: list[Deed]) -> list[bool]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(command: Any, by: Actor) -> bool:
            async with turn:
                try:
                    await self.hands.container.dispatch(command, meta=Meta(by, type(command).__name__, "year"))
                except Refusal as refusal:
                    self.refused[f"{type(command).__name__}: {refusal.code}"] += 1
                    return False
                return True

        return await asyncio.gather(*(one(*deed) for deed in deeds))

    def people(self, role: Role, number: int) -> list[Actor]:
        """New accounts. Their passwords are no hashes, which would take a quarter of a second each to make."""
        return [self._register(role) for _ in range(number)]

    def _register(self, role: Role) -> Actor:
        account_id, vault = uuid4(), self.hands.container.vault
        key, wrapped = vault.new_key(account_id)
        words = {"email": f"{account_id}@example.com", "full_name": role.title(), "password": "no hash"}
        sealed = {name: vault.seal(key, Place(account_id, 1, name), text) for name, text in words.items()}
        password, index = sealed.pop("password"), vault.email_index(words["email"])
        someone = Actor(account_id, role)
        self.do([(RegisterAccount(account_id, role, index, wrapped, sealed, password), someone)])
        return someone

    def get(self, person: Actor, path: str, **parameters: Any) -> Any:
        """One question over HTTP, as this person, whose session needs no password."""
        token = self.hands.loop.run(self._token(person))
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.system.http.get(f"/api/v1{path}", params=parameters, headers=headers)
        return answer.raise_for_status().json()

    async def _token(self, person: Actor) -> str:
        settings = self.hands.container.settings
        sessions = Sessions(self.hands.container.reads, Keyring.of(settings.secret_key, settings.secret_key_previous))
        assert person.account_id is not None
        opened = await sessions.open(person.account_id, person.role)
        return Tokens(settings).access(Claims(person.account_id, person.role, opened.session_id))

    def rows(self, query: str, **values: Any) -> list[TupleRow]:
        return self.database.execute(query.encode(), values).fetchall()

    def now(self) -> datetime:
        found: datetime = self.rows("SELECT ops.business_now()")[0][0]
        return found

    def walk(self, to: datetime) -> None:
        """The clock of the business goes there, and does on the way what falls due; Stripe's is there before it."""
        self.steer("/sandbox/clock", advance_seconds=max(0.0, (to - self.now()).total_seconds()))
        while self.now() < to:
            answer = self.system.http.post("/api/v1/sandbox/clock", json={"at": to.isoformat()})
            assert answer.status_code in {200, 503}, answer.text

    def rest(self) -> None:
        """Wait until followers are level and nothing is left to do soon; what was put off a little is due at once."""
        deadline = time.monotonic() + REST_S
        while left := self._left():
            assert time.monotonic() < deadline, left
            assert not any("parked" in row for row in left), left
            time.sleep(0.02)

    def _left(self) -> list[TupleRow]:
        return self.rows(
            "SELECT kind, state, attempts, last_error FROM board.task WHERE state IN ('running', 'parked')"
            "    OR state = 'due' AND due_at < clock_timestamp() + %(soon)s * interval '1 s'"
            " UNION ALL SELECT 'follower ' || name, 'behind', 0, error FROM ops.follower"
            "  WHERE position < (SELECT max(notification_id) FROM log.events) LIMIT 20",
            soon=SOON_S,
        )

    def steer(self, path: str, /, **fields: Any) -> None:
        """What a network, a bank or a cardholder does at Stripe."""
        answer = self.stripe.post(path, json=fields)
        assert answer.status_code < 400, answer.text

    def ask(self, path: str, /, account: str | None = None, **fields: Any) -> Any:
        """A request of Stripe's own API, as somebody at its dashboard makes it."""
        headers = {"Stripe-Account": account} if account else {}
        answer = self.stripe.post(f"/v1{path}", data=fields, headers=headers, auth=(SANDBOX_KEY, ""))
        assert answer.status_code < 400, answer.text
        return answer.json()

    def tell_little(self) -> None:
        """Stripe delivers only what nobody would find out otherwise: as our tasks look at Stripe, that is enough."""
        while len(endpoints := self._endpoints()) < 2:
            time.sleep(0.05)
        for endpoint in endpoints:
            fields = {f"enabled_events[{number}]": told for number, told in enumerate(TOLD)}
            self.ask(f"/webhook_endpoints/{endpoint['id']}", **fields)

    def _endpoints(self) -> list[Any]:
        answer = self.stripe.get("/v1/webhook_endpoints", auth=(SANDBOX_KEY, ""))
        found: list[Any] = answer.raise_for_status().json()["data"]
        return found


def _hurry(url: str, board: Board, doorbell: Doorbell, stop: threading.Event) -> None:
    """Until `stop`: what was put off a little is due at once, and rung for, because nobody here has time to wait."""
    with psycopg.connect(url, autocommit=True) as database:
        while not stop.wait(HURRY_S):
            put_off = database.execute(
                "UPDATE board.task SET due_at = clock_timestamp() WHERE state = 'due' AND last_error IS NOT NULL"
                " AND due_at BETWEEN clock_timestamp() AND clock_timestamp() + %s * interval '1 s'"
                " RETURNING task_id, kind",
                (SOON_S,),
            ).fetchall()
            doorbell.ring(Rung(*task) for task in put_off)
            if not doorbell.unheard():
                sweep(board, doorbell)


@contextmanager
def town(system: System) -> Iterator[Town]:
    """Beside a system that runs, in whose name it appends."""
    state, stop = system.state, threading.Event()
    assert state.database_url is not None
    assert state.sandbox is not None
    with (
        equipped(settings_of(system), "year") as (hands, board, doorbell),
        psycopg.connect(state.database_url, autocommit=True) as database,
        httpx.Client(base_url=state.sandbox, timeout=30, trust_env=False) as stripe,
    ):
        hurry = threading.Thread(target=_hurry, args=(state.database_url, board, doorbell, stop))
        hurry.start()
        try:
            yield Town(system, hands, database, stripe)
        finally:
            stop.set()
            hurry.join()
