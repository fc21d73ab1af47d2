"""The servers under load: each with two processes, on a database of its own in the same PostgreSQL."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from bench.followers import followers
from bench.peers.bodies import CONNECTIONS, DATABASE, SECRET
from bench.place import Place
from infrastructure.ports import free_port
from infrastructure.settings import Settings, load_settings

PROCESSES: Final = 2
# So high that nobody reaches it however long the run: the check is made all the same.
HOLDS_MAX: Final = 1_000
START_S: Final = 60.0
STOP_S: Final = 30.0
# Of each process: as many transactions under way as two cores and one disk keep busy, and threads that need no queue
# for a connection. We have 8 for reading, 8 for the log, and one to write with.
POOL_OF_FASTAPI: Final = 8
THREADS_OF_FLASK: Final = 8


def settings_of(place: Place, url: str) -> Settings:
    return load_settings(
        {},
        home=place.folder / "home",
        database_url=url,
        api_processes=PROCESSES,
        port=free_port(),
        holds_max=HOLDS_MAX,
        demo=False,
    )


@contextmanager
def travellr(place: Place, settings: Settings) -> Iterator[int]:
    """As in production: request log on, followers in a process of their own. The port it listens on."""
    assert settings.database_url is not None
    with ExitStack() as stack:
        stack.enter_context(followers(settings.database_url))
        stack.enter_context(_serving(place, "travellr", ["api"], settings.environment(), settings.port))
        yield settings.port


@contextmanager
def fastapi_crud(place: Place, url: str, secret: str) -> Iterator[int]:
    port = free_port()
    program = [
        *("uvicorn", "--factory", "bench.peers.fastapi_crud:create_app", "--port", str(port)),
        *("--workers", str(PROCESSES), "--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--log-level", "warning"),
    ]
    with _serving(place, "fastapi", program, _of_peer(url, secret, POOL_OF_FASTAPI), port):
        yield port


@contextmanager
def flask_crud(place: Place, url: str, secret: str) -> Iterator[int]:
    """Threads, because one that waits for PostgreSQL must not keep its process from everybody else."""
    port = free_port()
    program = [
        *("gunicorn", "bench.peers.flask_crud:create_app()", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"),
        *("--workers", str(PROCESSES), "--worker-class", "gthread", "--threads", str(THREADS_OF_FLASK)),
        *("--keep-alive", "75", "--worker-tmp-dir", str(place.folder)),
    ]
    with _serving(place, "flask", program, _of_peer(url, secret, THREADS_OF_FLASK), port):
        yield port


def _of_peer(url: str, secret: str, connections: int) -> dict[str, str]:
    return {DATABASE: url, SECRET: secret, CONNECTIONS: str(connections)}


@contextmanager
def _serving(place: Place, name: str, program: list[str], variables: dict[str, str], port: int) -> Iterator[None]:
    """`python -m` this program until the block ends; what it says is kept beside the database."""
    import os

    said = place.folder / f"{name}.log"
    with (
        said.open("wb") as file,
        subprocess.Popen(  # noqa: S603 - our own modules and the peers' servers
            [sys.executable, "-m", *program],
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        ) as process,
    ):
        try:
            _wait_until_it_listens(process, port, said)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, said: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)
