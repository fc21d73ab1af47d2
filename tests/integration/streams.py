"""A process of the API on a real socket, and what a client of its event streams reads from it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from domain.actor import Actor
from infrastructure.keyring import Keyring
from infrastructure.ports import free_port
from infrastructure.sessions import Opened, Sessions
from infrastructure.settings import Settings
from infrastructure.tokens import Claims, Tokens
from tests.integration.servers import eventually
from tests.integration.world import World


@dataclass
class News:
    """What a stream has said so far: events with their ids, and comments."""

    ids: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        if line.startswith("id: "):
            self.ids.append(int(line[4:]))
        elif line.startswith("data: "):
            self.events.append(json.loads(line[6:]))
        elif line.startswith(":"):
            self.comments.append(line)


@dataclass
class Api:
    process: subprocess.Popen[bytes]
    settings: Settings
    world: World

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}/api/v1"

    def signed_in(self, actor: Actor) -> Opened:
        assert actor.account_id is not None
        keys = Keyring.of(self.settings.secret_key, self.settings.secret_key_previous)
        sessions = Sessions(self.world.hands.container.reads, keys)
        return self.world.hands.loop.run(sessions.open(actor.account_id, actor.role))

    def headers(self, actor: Actor, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(self.signed_in(actor))}", **more}

    def token(self, session: Opened) -> str:
        return Tokens(self.settings).access(Claims(session.account_id, session.role, session.session_id))

    @contextmanager
    def stream(self, booking_id: UUID, headers: dict[str, str], **query: Any) -> Iterator[httpx.Response]:
        with self.streamed(f"/bookings/{booking_id}/stream", headers, **query) as answer:
            yield answer

    @contextmanager
    def streamed(self, path: str, headers: dict[str, str], **query: Any) -> Iterator[httpx.Response]:
        url, patience = f"{self.base}{path}", httpx.Timeout(30)
        with httpx.stream("GET", url, headers=headers, params=query, timeout=patience, trust_env=False) as answer:
            yield answer


@contextmanager
def api_process(world: World) -> Iterator[Api]:
    """`python -m api` on the world's database, on a port of its own; killed if it does not end."""
    settings = world.settings.model_copy(update={"port": free_port()})
    environment = {n: v for n, v in os.environ.items() if not n.startswith("TRAVELLR_")} | settings.environment()
    process = subprocess.Popen([sys.executable, "-m", "api"], env=environment, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(settings.port), 60)
        yield Api(process, settings, world)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
