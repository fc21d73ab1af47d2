"""The sandbox as its own process, and clients for it whose every answer is held against Stripe's specification."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import stripe

from tests.sandbox.spec import StripeSpec

Found = TypeVar("Found")
KEY = "sk_test_travellr"
DEADLINE_SECONDS = 10.0


def eventually(look: Callable[[], Found | None], deadline_seconds: float = DEADLINE_SECONDS) -> Found:
    """What `look` finds, as soon as it finds something true."""
    end = time.monotonic() + deadline_seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found


class CheckedClient(stripe.RequestsClient):
    """The SDK's HTTP client; what it receives must be what Stripe's specification allows."""

    def __init__(self, spec: StripeSpec, timeout_seconds: float = 20.0) -> None:
        super().__init__(timeout=timeout_seconds)
        self.spec = spec
        self.headers: Mapping[str, str] = {}

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        content, status, self.headers = super().request(method, url, headers, post_data)
        self.spec.check(method, urlsplit(url).path, status, json.loads(content))
        return content, status, self.headers


class Sandbox:
    def __init__(self, folder: Path, spec: StripeSpec, *options: str) -> None:
        self.folder = folder
        self.spec = spec
        self.options = options
        self.log = folder.with_suffix(".log")
        self.start()

    def start(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(self.folder), *self.options]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("sandbox stripe listening on http://"), line
        self.url = line.split()[-1]

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def stop(self, by: int = signal.SIGTERM) -> float:
        """Asks it to stop; the seconds that took."""
        began = time.monotonic()
        self.process.send_signal(by)
        self._reap()
        return time.monotonic() - began

    def _reap(self) -> None:
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def complaints(self) -> str:
        """What the process wrote to its log."""
        return self.log.read_text()

    def restart(self) -> None:
        self.start(urlsplit(self.url).port or 0)

    def client(self, key: str = KEY, http: CheckedClient | None = None) -> stripe.StripeClient:
        http = http or CheckedClient(self.spec)
        return stripe.StripeClient(key, base_addresses={"api": self.url}, max_network_retries=0, http_client=http)

    def control(self, method: str, path: str, /, **fields: Any) -> Any:
        answer = httpx.request(method, f"{self.url}{path}", json=fields or None, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def fault(self, kind: str, /, **fields: Any) -> None:
        self.control("POST", "/sandbox/faults", kind=kind, **fields)

    def raw(
        self,
        method: str,
        path: str,
        form: Mapping[str, Any] | None = None,
        *,
        timeout: float = 10.0,
        **headers: str,
    ) -> httpx.Response:
        """Without the SDK, and still checked."""
        named = {"Authorization": f"Bearer {KEY}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = httpx.request(method, f"{self.url}{path}", data=form, headers=named, timeout=timeout)
        self.spec.check(method, urlsplit(path).path, answer.status_code, answer.json())
        return answer
