"""Real servers for tests: databases of their own, and the sandbox Stripe as the process that it is."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import psycopg
from psycopg import sql

from infrastructure.embedded.postgres import PostgresServer

Found = TypeVar("Found")
TEMPLATE = "template_travellr"
SANDBOX_KEY = "sk_test_travellr"
# Nothing in a test is worth waiting for as long as in the world.
FAST = ("--payout-seconds", "0.02", "--dispute-seconds", "0.02", "--refund-seconds", "0.02", "--retry-seconds", "0.1")


def eventually(look: Callable[[], Found | None], deadline_seconds: float = 15.0) -> Found:
    """What `look` finds, as soon as it finds something true."""
    end = time.monotonic() + deadline_seconds
    pause = 0.005
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)
        pause = min(0.1, pause * 1.5)
    return found


@contextmanager
def own_database(cluster: PostgresServer, template: str = TEMPLATE) -> Iterator[str]:
    """A database of this test's own, migrated unless another template is asked for, and dropped afterwards."""
    plain = f"t_{uuid4().hex}"
    name = sql.Identifier(plain)
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
        try:
            yield cluster.url(plain)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@dataclass
class StripeSandbox:
    """A running `python -m sandbox`; its money is shared by the tests of a process, its ids never are."""

    process: subprocess.Popen[str]
    url: str

    def control(self, method: str, path: str, /, **fields: Any) -> Any:
        answer = httpx.request(method, f"{self.url}{path}", json=fields or None, timeout=10)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def fault(self, kind: str, /, **fields: Any) -> None:
        self.control("POST", "/sandbox/faults", kind=kind, **fields)

    def heal(self) -> None:
        self.control("DELETE", "/sandbox/faults")

    def summary(self) -> Any:
        return self.control("GET", "/sandbox/summary")

    def authenticate(self, intent_id: str, *, succeeded: bool) -> None:
        """The cardholder's answer to 3-D Secure."""
        self.control("POST", f"/sandbox/3ds/{intent_id}", outcome="succeeded" if succeeded else "failed")

    def ask(self, method: str, path: str, **how: Any) -> Any:
        """One request of Stripe's own API."""
        answer = httpx.request(method, f"{self.url}{path}", auth=(SANDBOX_KEY, ""), timeout=10, **how)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def dispute_of(self, payment_id: str) -> str:
        """Stripe's id of the dispute of this payment, as soon as it has come about."""

        def look() -> str | None:
            listed = self.ask("GET", "/v1/disputes", params={"limit": 100, "expand[]": "data.payment_intent"})
            mine = (d for d in listed["data"] if d["payment_intent"]["metadata"].get("payment_id") == payment_id)
            return next((str(d["id"]) for d in mine), None)

        return eventually(look)

    def close_dispute(self, stripe_id: str) -> None:
        """Somebody accepts it in Stripe's dashboard, and loses it so."""
        self.ask("POST", f"/v1/disputes/{stripe_id}/close")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


def start_sandbox(folder: Path, *options: str) -> StripeSandbox:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(folder), *FAST, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("sandbox stripe listening on http://"), line
    return StripeSandbox(process, line.split()[-1])
