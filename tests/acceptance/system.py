"""A whole system for a test: `travellr up` in a folder of its own, its processes known by their pids."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg

from infrastructure import up_state
from infrastructure.demo.person import Person
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.invariants import check
from infrastructure.ports import free_port
from infrastructure.settings import Settings, load_settings

START_S: Final = 120.0
PATIENCE_S: Final = 60.0
HTTP_S: Final = 120.0  # Moving the clock is answered after 60 s at most, and that must not be a race.
STAFF_PASSWORD: Final = "a staff member's password"


@dataclass(slots=True)
class System:
    """What runs in `home`: reached over HTTP like by anybody, its processes like by a bad day."""

    home: Path
    http: httpx.Client
    environment: dict[str, str]

    @property
    def state(self) -> up_state.UpState:
        found = up_state.read(self.home)
        assert found is not None
        return found

    def pid_of(self, child: str) -> int:
        found = self.state.children[child]
        assert found is not None
        return found

    def somebody(self, role: str) -> Person:
        return Person(self.http, f"{role}.{uuid4().hex[:10]}@example.com", "a long password").register("Sam", role)

    def staff(self, role: str) -> Person:
        email = f"{role}.{uuid4().hex[:10]}@example.com"
        self.travellr("staff", "add", email, "--role", role)
        return Person(self.http, email, STAFF_PASSWORD).login()

    def travellr(self, *arguments: str) -> str:
        """The CLI, as a person would call it."""
        command = [sys.executable, "-P", "-m", "infrastructure.cli", *arguments]
        ended = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def stripe(self) -> Any:
        """What Stripe's side says that it did: the judge of how often money moved."""
        return httpx.get(f"{self.state.sandbox}/sandbox/summary", trust_env=False).raise_for_status().json()

    def contradictions(self) -> list[str]:
        """What contradicts the invariants once the system has come to rest."""
        url = self.state.database_url
        assert url is not None
        deadline = time.monotonic() + PATIENCE_S
        with psycopg.connect(url, autocommit=True) as database:
            while True:
                found = [f"{f.invariant}: {c}" for f in check(database) for c in f.contradictions]
                if not found or time.monotonic() > deadline:
                    return found
                time.sleep(0.2)


def settings_of(system: System) -> Settings:
    return up_state.attached(load_settings(system.environment, home=system.home))


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.05)


@contextmanager
def running_system(**settings: str) -> Iterator[System]:
    """Up before, down after; its folder is removed."""
    with tempfile.TemporaryDirectory(prefix="travellr-system-") as folder:
        home = Path(folder)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRAVELLR_")}
        environment |= {
            "TRAVELLR_HOME": folder,
            "TRAVELLR_PORT": str(free_port()),
            "TRAVELLR_DEMO": "0",
            "TRAVELLR_STAFF_PASSWORD": STAFF_PASSWORD,
            **settings,
        }
        process = start(environment)
        try:
            wait_until_ready(home, process)
            state = up_state.read(home)
            assert state is not None
            with httpx.Client(base_url=state.address, timeout=HTTP_S, trust_env=False) as http:
                yield System(home, http, environment)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            discard_place(home / "postgres")


def start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "infrastructure.cli", "up"]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)


def wait_until_ready(home: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        state = up_state.read(home)
        if state is not None and state.ready and state.pid == process.pid:
            return
        assert process.poll() is None, "`travellr up` ended"
        assert time.monotonic() < deadline, "`travellr up` did not become ready"
        time.sleep(0.1)
