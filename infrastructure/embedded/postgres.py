"""PostgreSQL 18 from a wheel, in a folder.

    server = start(folder)                   # as any user, root included; about one second
    server.ensure_database("travellr")
    psycopg.connect(server.url("travellr"))
    server.stop()

A server that still runs on the folder is adopted. Tests use `start(folder, durable=False)` for throw-away clusters, and
`discard_place(folder)` of `postgres_place` after `stop()`, because run by root the data may lie elsewhere.
"""

import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from infrastructure.embedded.postgres_account import programs, server_account
from infrastructure.embedded.postgres_initialise import CLEAN_ENVIRONMENT, SUPERUSER, initialise
from infrastructure.embedded.postgres_place import cluster_place, known_place, own_folder
from infrastructure.embedded.process import (
    Account,
    EmbeddedServerError,
    ServerProcess,
    last_lines,
    launch,
    processes_in,
    running_process,
    send,
    wait_until,
)
from infrastructure.embedded.socket_folder import remove_socket_folder, socket_folder
from infrastructure.embedded.start_lock import start_lock

SOCKET_NAME: Final = ".s.PGSQL.5432"
# Crash recovery replays at most max_wal_size, which takes far less; beyond this something is wrong.
START_SECONDS: Final = 120.0
# Fast shutdown, then immediate, then without asking; the log is durable in each case.
STOP_STEPS: Final = ((signal.SIGINT, 8.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0))

SETTINGS: Final = {
    # Never TCP: the local socket trusts whoever can open it, and only the owner and root can.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "min_wal_size": "80MB",
    "max_wal_size": "512MB",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # One file a weekday, overwritten after a week: a bound without a cleaner.
    "logging_collector": "on",
    "log_filename": "postgresql-%w.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}


@dataclass(slots=True)
class PostgresServer:
    data: Path
    sockets: Path
    process: ServerProcess

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.alive()

    def url(self, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
        return f"postgresql://{quote(role)}@/{quote(database)}?host={quote(str(self.sockets), safe='/')}"

    def ensure_database(self, name: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        self.process.end(STOP_STEPS)
        _unlink_sockets(self.sockets)
        remove_socket_folder(self.sockets)


def start(folder: Path, *, durable: bool = True) -> PostgresServer:
    """Starts, or adopts, the one server of this folder and returns when it accepts connections.

    `durable=False` switches fsync off and is for throw-away clusters of tests only.
    Raises `EmbeddedServerError` with PostgreSQL's own last words when it does not come up.
    """
    folder = folder.resolve()
    account = server_account()
    with start_lock(folder):
        place = cluster_place(folder, account)
        data = place / "data"
        if (running := _running(data, socket_folder(data, account))) is not None:
            return running
        binaries = programs(account)
        if not data.exists():
            initialise(binaries, data, account, durable=durable)
        _end_orphans(data)
        return _launched(binaries, data, socket_folder(data, account), account, durable=durable)


def find(folder: Path) -> PostgresServer | None:
    """The server that runs on this folder, or None; changes nothing."""
    data = (known_place(folder.resolve()) or folder.resolve()) / "data"
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, sockets = int(lines[0]), Path(lines[4])
    except (OSError, ValueError, IndexError):
        return None
    # A number alone may belong to somebody else after a reboot; a postmaster's working directory is its data.
    return PostgresServer(data, sockets, running_process(pid)) if pid in processes_in(data, "postgres") else None


def _running(data: Path, sockets: Path) -> PostgresServer | None:
    """The survivor of a start whose supervisor was killed, when it can still be talked to at its address."""
    found = find(data.parent)
    if found is None:
        return None
    reachable = found.sockets == sockets and (sockets / SOCKET_NAME).exists()
    if reachable and wait_until(lambda: _answers(found) or not found.alive(), 10) and found.alive():
        return found
    found.stop()
    return None


def _answers(server: PostgresServer) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(server.url(), connect_timeout=2):
        return True
    return False


def _end_orphans(data: Path) -> None:
    """After a kill -9 of the postmaster its backends may work on, holding the shared memory that a start needs.

    They are ended politely, then not: without a postmaster nothing they do can be committed twice or half, since the
    next start recovers from the log in any case.
    """
    for sign, seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
        for pid in processes_in(data, "postgres"):
            send(pid, sign)
        if wait_until(lambda: not processes_in(data, "postgres"), seconds):
            return
    raise EmbeddedServerError(f"Old PostgreSQL processes on {data} do not end.")


def _launched(binaries: Path, data: Path, sockets: Path, account: Account, *, durable: bool) -> PostgresServer:
    # Nobody runs here any more, and the pid in what was left behind may be somebody else's by now.
    (data / "postmaster.pid").unlink(missing_ok=True)
    _unlink_sockets(sockets)
    settings = {
        **SETTINGS,
        "fsync": "on" if durable else "off",
        "unix_socket_directories": str(sockets),
        "log_directory": str(data.parent / "log"),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = data.parent / "start.log"  # Opened by us, so it lies in no folder where another user could plant a link.
    own_folder(data.parent / "log", account)
    process = launch([str(binaries / "postgres"), "-D", str(data), *options], CLEAN_ENVIRONMENT, log, account)
    server = PostgresServer(data, sockets, process)
    if not wait_until(lambda: _ready(data) or not server.alive(), START_SECONDS) or not server.alive():
        server.stop()
        logs = sorted([log, *(data.parent / "log").glob("*.log")], key=lambda file: file.stat().st_mtime)
        raise EmbeddedServerError(f"PostgreSQL does not start in {data.parent}: {last_lines(logs[-1])}")
    return server


def _unlink_sockets(sockets: Path) -> None:
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (sockets / name).unlink(missing_ok=True)


def _ready(data: Path) -> bool:
    try:
        return (data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
    except (OSError, IndexError):
        return False
