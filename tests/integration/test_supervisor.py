"""`travellr up` keeps its parts alive, stops them in order, and leaves nothing behind however it ends."""

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infrastructure import up_state
from infrastructure.child import Child
from infrastructure.embedded import postgres, valkey
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.embedded.process import alive, wait_until
from infrastructure.home_lock import AlreadyUpError, home_lock, is_held
from infrastructure.part import BackOff
from infrastructure.settings import Settings
from infrastructure.supervisor import StartFailedError, StopRequestedError, Supervisor
from infrastructure.up_state import UpState, attached
from tests.integration.up_process import Up

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
WITH_A_CHILD = (
    "import subprocess, sys; print(subprocess.Popen(['sleep', '600']).pid, flush=True); import signal; signal.pause()"
)
EVERYTHING = {"postgres", "valkey", "sandbox", "api", "followers", "worker"}


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    home = tmp_path / "home"
    home.mkdir()
    started: list[Up] = []

    def start(**variables: str) -> Up:
        started.append(Up(home, **variables))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end()
    for find in (valkey.find(home / "valkey"), postgres.find(home / "postgres")):
        if find is not None:
            find.stop()
    discard_place(home / "postgres")


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, UpState(os.getpid(), "nowhere"), said.append)
    yield supervisor
    supervisor.stop()


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def until_says(child: Child, text: str = "") -> str:
    assert wait_until(lambda: child.log.exists() and text in child.log.read_text() and child.log.stat().st_size > 0, 20)
    return child.log.read_text()


def goodbyes(home: Path) -> list[str]:
    return (home / "goodbyes").read_text().split()


def environments(home: Path) -> dict[str, dict[str, Any]]:
    lines = (home / "environments").read_text().splitlines()
    return {environment["role"]: environment for environment in map(json.loads, lines)}


def test_everything_starts_and_ends_in_the_reverse_order(start_up: Callable[..., Up]) -> None:
    up = start_up().until_ready()
    pids = [pid for pid in up.state.children.values() if pid is not None]
    assert set(up.state.children) == EVERYTHING
    assert up.state.address.startswith("http://127.0.0.1:")
    # The api may be ready while these still start.
    assert wait_until(lambda: all(up.has_logged(name, "is up") for name in ("followers", "worker")), 20)
    begun = time.monotonic()
    code, output = up.end()
    assert (code, time.monotonic() - begun < 15) == (0, True)
    assert f"Travellr is ready at {'http://127.0.0.1:'}" in output
    assert "traveller@demo.example   a password" in output
    assert goodbyes(up.home) == ["worker", "followers", "api", "sandbox"]
    assert not any(alive(pid) for pid in pids)
    assert up_state.read(up.home) is None


def test_children_get_everything_by_environment_and_log_to_their_own_file(start_up: Callable[..., Up]) -> None:
    up = start_up(TRAVELLR_WORKER_PROCESSES="2").until_ready()
    assert {"worker", "worker-2"} < set(up.state.children)
    assert wait_until(lambda: "worker" in environments(up.home), 20)
    worker = environments(up.home)["worker"]
    assert worker["TRAVELLR_DATABASE_URL"] == up.state.database_url
    assert worker["TRAVELLR_REDIS_URL"] == up.state.redis_url
    assert (worker["TRAVELLR_STRIPE_API_BASE"], worker["TRAVELLR_EMBEDDED"]) == (up.state.sandbox, "1")
    assert worker["TRAVELLR_STRIPE_API_KEY"].startswith("sk_test_")
    assert len(worker["TRAVELLR_SECRET_KEY"]) == len(worker["TRAVELLR_PEPPER"]) == 64
    assert wait_until(lambda: up.has_logged("worker", "is up"), 20)
    _, output = up.end(signal.SIGINT)
    assert "worker | [warning] worker is only a stand-in" in output
    assert "worker is up" not in output


def test_whatever_is_killed_is_started_again(start_up: Callable[..., Up]) -> None:
    up = start_up().until_ready()
    database_url = up.state.database_url
    assert database_url is not None
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    for name in ("worker", "sandbox", "valkey", "postgres"):
        old = up.pid(name)
        os.kill(old, signal.SIGKILL)
        assert alive(up.until_restarted(name, old))
    assert up.state.restarts["worker"] == 1
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
    code, output = up.end()
    assert code == 0
    assert "worker was killed by SIGKILL" in output


def test_a_second_up_on_the_same_folder_is_refused(start_up: Callable[..., Up]) -> None:
    first = start_up().until_ready()
    second = start_up()
    output = second.output()
    assert second.process.returncode == 2
    assert f"process {first.process.pid} at {first.state.address}" in output
    assert first.process.poll() is None


def test_kill_9_of_up_ends_its_children_and_the_next_adopts_its_servers(start_up: Callable[..., Up]) -> None:
    first = start_up().until_ready()
    state = first.state
    first.process.kill()
    first.output()
    ours = [state.children[name] for name in ("sandbox", "api", "followers", "worker")]
    assert wait_until(lambda: not any(alive(pid) for pid in ours if pid is not None), 15)
    assert alive(state.children["postgres"] or 0)
    second = start_up().until_ready()
    for server in ("postgres", "valkey"):
        assert second.state.children[server] == state.children[server]
    assert second.state.sandbox == state.sandbox
    assert second.end()[0] == 0
    assert not alive(state.children["postgres"] or 0)


def test_children_left_behind_are_ended_before_anything_starts(start_up: Callable[..., Up]) -> None:
    first = start_up().until_ready()
    left = first.pid("worker")
    os.kill(left, signal.SIGSTOP)  # It cannot heed its lifeline.
    first.process.kill()
    first.output()
    second = start_up()
    try:
        second.until_ready()
        assert not alive(left)
    finally:
        if alive(left):
            os.kill(left, signal.SIGKILL)


def test_a_busy_port_is_one_plain_sentence(start_up: Callable[..., Up]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        up = start_up(TRAVELLR_PORT=port)
        assert up.output() == f"Port {port} on 127.0.0.1 is in use; set TRAVELLR_PORT to another one.\n"
    assert up.process.returncode == 2


def test_a_failing_migration_stops_everything_again(start_up: Callable[..., Up], tmp_path: Path) -> None:
    (tmp_path / "home" / "fail-migrate").touch()
    up = start_up()
    assert "migrate ended with 1" in up.output()
    assert up.process.returncode == 1
    assert postgres.find(up.home / "postgres") is None


def test_a_child_that_refuses_its_settings_is_not_tried_again(start_up: Callable[..., Up], tmp_path: Path) -> None:
    (tmp_path / "home" / "refuse-followers").touch()
    up = start_up()
    assert "followers refuses its settings" in up.output()
    assert up.process.returncode == 1


def test_a_child_that_never_stays_up_ends_the_start(supervisor: Supervisor) -> None:
    supervisor.spawn("hopeless", python("raise SystemExit(3)"), dict(os.environ))
    with pytest.raises(StartFailedError, match=r"hopeless ended with 3, see .*hopeless\.log, again and again"):
        supervisor.wait_for(lambda: False, 30, "never")


def test_a_folder_of_sandbox_money_never_sees_another_mode(start_up: Callable[..., Up], tmp_path: Path) -> None:
    (tmp_path / "home" / "stripe-mode").write_text("test\n")
    up = start_up()
    assert "holds bookings of Stripe mode test" in up.output()
    assert up.process.returncode == 2


def test_a_child_that_ignores_sigterm_is_killed(supervisor: Supervisor) -> None:
    child = supervisor.spawn("deaf", python(STUBBORN), dict(os.environ))
    until_says(child, "deaf")
    supervisor.stop_seconds = 0.3
    supervisor.stop()
    assert child.exit_code == -signal.SIGKILL
    supervisor.lifeline = os.pipe()  # The fixture stops once more.


def test_what_a_child_had_started_ends_with_it(supervisor: Supervisor) -> None:
    child = supervisor.spawn("parent", python(WITH_A_CHILD), dict(os.environ))
    grandchild = int(until_says(child, "\n"))
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    assert wait_until(lambda: not child.alive(), 10)
    assert wait_until(lambda: not alive(grandchild), 10)


def test_asking_to_stop_during_the_start_is_heeded(supervisor: Supervisor) -> None:
    threading.Timer(0.1, supervisor.stop_requested.set).start()
    with pytest.raises(StopRequestedError):
        supervisor.wait_for(lambda: False, 30, "never")


def test_what_does_not_become_ready_in_time_is_named(supervisor: Supervisor) -> None:
    with pytest.raises(StartFailedError, match="not yet"):
        supervisor.wait_for(lambda: False, 0.2, "not yet")


def test_a_child_that_dies_again_and_again_is_started_ever_more_slowly() -> None:
    now = 100.0
    back_off = BackOff(clock=lambda: now)
    pauses = []
    for _ in range(7):
        back_off.started()
        pauses.append(round(back_off.ended() - now, 3))
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    back_off.started()
    now += 30
    assert round(back_off.ended() - now, 3) == 0.2


def test_the_lock_of_a_folder_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    with home_lock(tmp_path, "http://here"):
        assert is_held(tmp_path)
        with pytest.raises(AlreadyUpError, match=f"process {os.getpid()} at http://here"), home_lock(tmp_path, "x"):
            pass
    assert not is_held(tmp_path)


def test_other_commands_find_what_runs_on_the_folder(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, redis_url="redis://elsewhere")
    UpState(1, "http://here", "http://sandbox", "postgresql://found", "unix://found").write(tmp_path)
    assert attached(settings) == settings  # The state was left behind: nobody holds the lock.
    with home_lock(tmp_path, "http://here"):
        found = attached(settings)
    assert (found.database_url, found.redis_url) == ("postgresql://found", "redis://elsewhere")
    assert (found.stripe_api_base, found.sandbox) == ("http://sandbox", True)
