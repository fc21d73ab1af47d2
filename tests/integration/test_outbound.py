"""Where we send to on somebody else's word: never into our own network, however it is spelt, resolved or answered."""

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from infrastructure.outbound import NoAnswer, post
from infrastructure.outbound_address import UnsafeUrl, addresses_of, is_public, target_of
from tests.integration.webhook_receiver import receiver

HERE = "http://127.0.0.1"


def sent(url: str, *, sandbox: bool = True, within_s: float = 5.0) -> int:
    return asyncio.run(post(url, b"{}", {"webhook-id": "1"}, sandbox=sandbox, within_s=within_s))


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answers one connection as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                with suppress(OSError):  # The other side has had enough, as it should.
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"{HERE}:{listening.getsockname()[1]}/"
        thread.join(10)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://user:word@hooks.example.com/",
        "https://user@127.0.0.1/",
        "https:///nowhere",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nHost: other",
        "https://[::1",
        "https://höoks.example.com/",
        "https://hooks.example.com/" + "x" * 2_000,
        "",
    ],
)
@pytest.mark.parametrize("sandbox", [True, False])
def test_an_address_that_is_not_plain_https_is_refused(url: str, *, sandbox: bool) -> None:
    with pytest.raises(UnsafeUrl):
        target_of(url, sandbox=sandbox)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",  # noqa: S104 - it is refused
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_private_addresses_are_refused_however_they_are_written(host: str) -> None:
    target = target_of(f"https://{host}/", sandbox=True)
    with pytest.raises(UnsafeUrl):
        asyncio.run(addresses_of(target))


def test_public_ones_are_not() -> None:
    for address in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"):
        assert is_public(ipaddress.ip_address(address)), address
    assert asyncio.run(addresses_of(target_of("https://8.8.8.8/", sandbox=False))) == ("8.8.8.8",)


def test_loopback_is_for_the_sandbox_and_only_as_such() -> None:
    assert target_of(f"{HERE}:9/", sandbox=True).loopback
    with pytest.raises(UnsafeUrl):
        target_of(f"{HERE}:9/", sandbox=False)
    with pytest.raises(UnsafeUrl):
        target_of("http://127.0.0.2:9/", sandbox=True)


def test_one_private_address_among_public_ones_is_enough(resolver: Callable[..., None]) -> None:
    resolver(["8.8.8.8", "10.0.0.1"])
    with pytest.raises(UnsafeUrl):
        sent("https://hooks.example.com/", sandbox=False)


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    resolver: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is looked at, loopback a moment later."""
    resolver(["203.0.113.7", "8.8.8.8"], ["127.0.0.1"])
    resolver(["8.8.8.8"], ["127.0.0.1"])
    connected: list[str] = []

    async def connect(host: str, *_: Any, **__: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(NoAnswer):
        sent("https://hooks.example.com/", sandbox=False)
    assert connected == ["8.8.8.8"]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A name server that answers one thing first and another then, as its owner likes."""

    def answers(*each: list[str]) -> None:
        left = list(each)

        async def getaddrinfo(_loop: Any, host: str, port: int, **_: Any) -> Any:
            found = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)

    return answers


def test_no_redirect_is_followed() -> None:
    with receiver() as inside, receiver() as server:
        server.status, server.headers = 307, {"Location": inside.url}
        assert sent(server.url) == 307
        assert inside.received == []


def test_a_server_that_drips_is_given_up_in_time() -> None:
    """Each byte comes soon enough, the whole never."""

    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"H")
            time.sleep(0.05)

    begun = time.monotonic()
    with raw_server(drip) as url, pytest.raises(NoAnswer, match="no answer within"):
        sent(url, within_s=0.5)
    assert time.monotonic() - begun < 7


@pytest.mark.parametrize(
    "answer",
    [b"x" * 200_000, b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 999 No\r\n\r\n", b"", b"HTTP/1.1 100 Go on\r\n\r\n" * 20],
)
def test_what_is_no_answer_is_none(answer: bytes) -> None:
    with raw_server(lambda connection: connection.sendall(answer)) as url, pytest.raises(NoAnswer):
        sent(url, within_s=2)


def test_an_endless_body_is_not_read_to_its_end() -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10_000):
            connection.sendall(b"x" * 65_536)

    with raw_server(endless) as url:
        assert sent(url) == 200
