"""A crowd of clients: each has an account, a token and a connection of its own, which is kept."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from api.app import create_app
from api.edge import Edge
from infrastructure.settings import Settings
from infrastructure.tokens import Claims

ANSWER_S: Final = 60.0
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    token: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hold(self, listing_id: str, starts_at: str, *, key: str | None) -> Answer:
        body = json.dumps({"listing_id": listing_id, "starts_at": starts_at, "quantity": 1}).encode()
        lines = [
            "POST /api/v1/bookings HTTP/1.1",
            f"Host: {HOST}",
            f"Authorization: Bearer {self.token}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *([f"Idempotency-Key: {key}"] if key else []),
        ]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        async with asyncio.timeout(ANSWER_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:"))
            return Answer(int(head.split(" ")[1]), json.loads(await self.reader.readexactly(length)))


@asynccontextmanager
async def crowd(settings: Settings, address: str, size: int) -> AsyncIterator[Sequence[Client]]:
    """So many travellers, signed in without the quarter of a second that each password would take."""
    port = urlsplit(address).port
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        tokens = [await _token(app.state.edge) for _ in range(size)]
    clients = [Client(token, *await asyncio.open_connection(HOST, port)) for token in tokens]
    try:
        yield clients
    finally:
        for client in clients:
            client.writer.close()
            await client.writer.wait_closed()


async def _token(edge: Edge) -> str:
    account_id = uuid4()
    session = await edge.sessions.open(account_id, "traveller")
    return edge.tokens.access(Claims(account_id, "traveller", session.session_id))
