"""One POST to an address that somebody else chose: bounded in time and size, never redirected, only its status read."""

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from infrastructure.outbound_address import Target, addresses_of, target_of

SEND_S: Final = 10.0
CONNECT_S: Final = 3.0
HEAD_MAX_BYTES: Final = 16 * 1024
BODY_MAX_BYTES: Final = 64 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")
_INTERIM: Final = range(100, 200)
_HEADS_MAX: Final = 5


class NoAnswer(Exception):  # noqa: N818 - not an error of ours
    """Nothing came back that is an answer; the message says what happened, in a few words."""


async def post(url: str, body: bytes, headers: Mapping[str, str], *, sandbox: bool, within_s: float = SEND_S) -> int:
    """The status that was answered, 200 to 599. Raises UnsafeUrl before anything is sent, and NoAnswer."""
    target = target_of(url, sandbox=sandbox)
    try:
        async with asyncio.timeout(within_s):
            return await _exchange(target, await addresses_of(target), body, headers)
    except TimeoutError:
        raise NoAnswer(f"no answer within {within_s:g} s") from None
    except ssl.SSLError as error:
        raise NoAnswer(f"TLS: {error.reason or 'failed'}") from None
    except (OSError, EOFError, asyncio.LimitOverrunError) as error:
        raise NoAnswer(f"connection: {type(error).__name__}") from None


async def _exchange(target: Target, addresses: Sequence[str], body: bytes, headers: Mapping[str, str]) -> int:
    reader, writer = await _connected(target, addresses)
    try:
        writer.write(_request(target, body, headers))
        await writer.drain()
        status = await _status(reader)
        await _read_politely(reader)
        return status
    finally:
        # Not closed but cut: nobody may keep us waiting for a good-bye.
        writer.transport.abort()


async def _connected(target: Target, addresses: Sequence[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """With the first of the `addresses` that is there; the name is only for TLS, which proves whom we have reached."""
    for address in addresses[:-1]:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_S):
                return await _open(target, address)
    return await _open(target, addresses[-1])


async def _open(target: Target, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(
        address,
        target.port,
        limit=HEAD_MAX_BYTES,
        ssl=ssl.create_default_context() if target.tls else None,
        server_hostname=target.host if target.tls else None,
    )


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}", "User-Agent: Travellr-Webhooks/1"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body


async def _status(reader: asyncio.StreamReader) -> int:
    """Of the first answer that is not an interim one (RFC 9110, 15.2)."""
    for _ in range(_HEADS_MAX):
        head = await reader.readuntil(b"\r\n\r\n")
        match = _STATUS.match(head)
        if match is None:
            break
        status = int(match[1])
        if status not in _INTERIM:
            return status
    raise NoAnswer("what was answered is not HTTP/1.1")


async def _read_politely(reader: asyncio.StreamReader) -> None:
    """A little of what follows, so that a receiver sees no broken connection; whatever happens, the status is known."""
    read = 0
    try:
        async with asyncio.timeout(1.0):
            while read < BODY_MAX_BYTES and (part := await reader.read(BODY_MAX_BYTES)):
                read += len(part)
    except (OSError, TimeoutError):
        pass
