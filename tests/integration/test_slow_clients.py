"""Clients that take their time, or never come to an end, are shown the door; the others are served meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.responses import StreamingResponse

from api.patience import PatientProtocol, connections_max

pytestmark = pytest.mark.anyio

WHOLE = b"POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello"


class Impatient(PatientProtocol):
    """The same, so quick that nobody waits for a test."""

    HEAD_S = 0.3
    BODY_S = 0.6
    TAKE_S = 0.4


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the body, when it has all of it."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message.get("more_body", False)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield  # Signals are pytest's.


@asynccontextmanager
async def serving(
    protocol: type[PatientProtocol] = Impatient, application: Any = echo, **more: Any
) -> AsyncIterator[int]:
    """A server with this protocol; its port."""
    server = Server(
        uvicorn.Config(application, port=0, http=protocol, ws="none", lifespan="off", log_level="critical", **more)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def told(port: int, *pieces: bytes, every_s: float = 0.0) -> tuple[bytes, float]:
    """Everything that is answered to these pieces, and how long it took until the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()

    async def drip() -> None:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(every_s)

    dripping = asyncio.create_task(drip())
    try:
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                return await reader.read(), time.monotonic() - began
            return b"", time.monotonic() - began
    finally:
        dripping.cancel()
        writer.close()


def shown_out(answer: bytes, status: int) -> bool:
    """An answer that meets more of the request on its way is lost: then the connection just ends."""
    return not answer or answer.startswith(f"HTTP/1.1 {status} ".encode())


async def test_a_head_that_drips_is_given_up() -> None:
    async with serving() as port:
        drops = [b"GET / HTTP/1.1\r\n", *[b"x-slow: 1\r\n"] * 400]
        answer, seconds = await told(port, *drops, every_s=0.02)
    assert shown_out(answer, 408)
    assert seconds < 3


async def test_a_body_that_drips_is_given_up() -> None:
    async with serving() as port:
        drops = [b"POST / HTTP/1.1\r\ncontent-length: 400\r\n\r\n", *[b"x"] * 400]
        answer, seconds = await told(port, *drops, every_s=0.02)
    assert shown_out(answer, 408)
    assert 0.5 < seconds < 3


async def test_who_says_nothing_at_all_is_not_waited_for() -> None:
    async with serving() as port:
        answer, seconds = await told(port)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert seconds < 3


async def test_a_head_without_an_end_is_cut_off() -> None:
    async with serving(PatientProtocol) as port:
        answer, _ = await told(port, b"GET / HTTP/1.1\r\n", *[b"x-much: " + b"x" * 8_000 + b"\r\n"] * 50)
    assert shown_out(answer, 431)


async def test_those_who_are_quick_are_served_while_many_drip() -> None:
    async with serving() as port:
        slow = [asyncio.create_task(told(port, b"GET / HTTP/1.1\r\nx-slow: ")) for _ in range(100)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(5):  # One connection, kept alive, longer than any of its requests may take.
            writer.write(WHOLE)
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(0.15)
        writer.close()
        assert {answer[:13] for answer, _ in await asyncio.gather(*slow)} == {b"HTTP/1.1 408 "}


async def test_a_request_in_two_pieces_is_served() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in (WHOLE[:20], WHOLE[20:50], WHOLE[50:]):
            writer.write(piece)
            await asyncio.sleep(0.05)
        async with asyncio.timeout(5):
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_connection_that_is_kept_open_in_vain_ends() -> None:
    async with serving(timeout_keep_alive=1) as port:
        answer, seconds = await told(port, WHOLE)
    assert answer.endswith(b"hello")
    assert seconds < 5


def test_there_is_a_limit_to_how_many_may_come_at_once() -> None:
    assert 100 < connections_max() <= 4_096


class TestWhoTakesNothing:
    """An answer without an end, of which a client reads little or nothing."""

    async def test_is_cut_off(self) -> None:
        ended = asyncio.Event()
        async with serving(application=endless(ended)) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
            writer.write(WHOLE)
            began = time.monotonic()
            async with asyncio.timeout(10):
                await ended.wait()
            assert time.monotonic() - began < 5
            writer.close()

    async def test_a_byte_now_and_then_is_not_enough(self) -> None:
        ended = asyncio.Event()
        async with serving(application=endless(ended)) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
            writer.write(WHOLE)
            async with asyncio.timeout(10):
                with contextlib.suppress(ConnectionError):
                    while not ended.is_set():
                        assert await reader.read(1)
                        await asyncio.sleep(0.05)
                await ended.wait()
            writer.close()

    async def test_who_goes_on_reading_gets_all_of_it(self) -> None:
        ended = asyncio.Event()
        async with serving(application=endless(ended)) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(WHOLE)
            began, taken = time.monotonic(), 0
            while time.monotonic() - began < 3 * Impatient.TAKE_S:
                taken += len(await reader.read(1 << 20))
                await asyncio.sleep(0.01)
            assert not ended.is_set()
            assert taken > 1 << 20
            writer.close()


def endless(ended: asyncio.Event) -> Any:
    """An application whose answer goes on until nobody takes it any more."""

    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 8_192
            await asyncio.sleep(0)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        try:
            await StreamingResponse(pieces())(scope, receive, send)
        finally:
            ended.set()

    return application
