"""The embedded Valkey keeps what it holds, forgets nothing under pressure, and is never started twice on one folder."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from infrastructure.embedded import valkey
from infrastructure.embedded.process import alive

LEAVE_IT_RUNNING = """
import os, sys
from pathlib import Path
from infrastructure.embedded import valkey
print(valkey.start(Path(sys.argv[1])).pid, flush=True)
os._exit(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "valkey"
    yield folder
    if (left := valkey.find(folder)) is not None:
        left.stop()


def put(server: valkey.ValkeyServer, name: str, value: str) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.set(name, value)


def got(server: valkey.ValkeyServer, name: str) -> object:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return client.get(name)


def test_it_persists_never_evicts_and_listens_on_no_port(folder: Path) -> None:
    server = valkey.start(folder)
    expected = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "port": "0"}
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        assert client.config_get(*expected) == expected
    for path in (server.socket, server.socket.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    server.stop()
    assert not alive(server.pid)
    assert not server.socket.parent.exists()


def test_a_restart_finds_its_keys_at_the_same_address(folder: Path) -> None:
    first = valkey.start(folder)
    put(first, "bell", "rung")
    first.stop()
    second = valkey.start(folder)
    assert second.url == first.url
    assert got(second, "bell") == "rung"


def test_kill_9_leaves_a_stale_socket_that_is_no_obstacle(folder: Path) -> None:
    first = valkey.start(folder)
    put(first, "bell", "rung")
    os.kill(first.pid, signal.SIGKILL)
    second = valkey.start(folder)
    assert not first.alive()
    assert second.pid != first.pid
    # Written to the file before the client was answered; only a crash of the machine could lose the last second.
    assert got(second, "bell") == "rung"


def test_a_server_whose_starter_is_gone_is_adopted(folder: Path) -> None:
    command = [sys.executable, "-c", LEAVE_IT_RUNNING, str(folder)]
    left = int(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    adopted = valkey.start(folder)
    assert adopted.pid == left
    adopted.stop()
    assert not alive(left)


def test_starts_at_the_same_moment_end_with_one_server(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: valkey.start(folder), range(4)))
    assert len({server.pid for server in servers}) == 1
    for server in servers:
        server.stop()


def test_a_server_whose_socket_was_deleted_is_replaced_and_loses_nothing(folder: Path) -> None:
    first = valkey.start(folder)
    put(first, "bell", "rung")
    first.socket.unlink()
    second = valkey.start(folder)
    assert not first.alive()
    assert got(second, "bell") == "rung"
