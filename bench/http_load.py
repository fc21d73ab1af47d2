"""The load: connections that are kept, each of which sends its next request when the last one is answered."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

import httptools

CONNECT_S: Final = 10.0
# Until every server process has its share of the connections and has made its plans.
WARM_UP_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Answered:
    """`at` by the clock of time.perf_counter(); `seconds` since its request was sent."""

    at: float
    seconds: float
    status: int
    body: bytes


@dataclass(slots=True)
class _Run:
    requests: Iterator[bytes]
    until: float = float("inf")
    answers: list[Answered] = field(default_factory=list)

    def next(self) -> bytes | None:
        return next(self.requests, None) if time.perf_counter() < self.until else None


class _Client(asyncio.Protocol):
    """One connection. Callbacks alone: a task for each request would take more of the cores that the servers need."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._sent = 0.0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_exception(exc or ConnectionError("the server closed a connection"))

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        status = self._parser.get_status_code()
        self._run.answers.append(Answered(now, now - self._sent, status, b"".join(self._body)))
        self._body.clear()
        self._send()

    def _send(self) -> None:
        request = self._run.next()
        if request is None:
            self.closed.set_result(None)
            self._transport.close()
        else:
            self._sent = time.perf_counter()
            self._transport.write(request)


async def ask_all(port: int, requests: Iterator[bytes], connections: int) -> list[Answered]:
    """All of these requests, in no order. Raises ConnectionError if the server ends a connection."""
    run = _Run(requests)
    await asyncio.gather(*[client.closed for client in await _connected(port, run, connections)])
    return run.answers


async def load(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> tuple[list[Answered], float]:
    """Requests without end for so many `seconds`: every answer there was, and when measuring began, after a warm-up."""
    run = _Run(requests)
    clients = await _connected(port, run, connections)
    begin = time.perf_counter() + WARM_UP_S
    run.until = begin + seconds
    await asyncio.gather(*[client.closed for client in clients])
    return run.answers, begin


async def _connected(port: int, run: _Run, connections: int) -> list[_Client]:
    """One after the other, each at work at once: a process that is busy accepts less, and the shares become even."""
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(connections):
        making = loop.create_connection(lambda: _Client(run), "127.0.0.1", port)
        _, client = await asyncio.wait_for(making, CONNECT_S)
        clients.append(client)
    return clients
