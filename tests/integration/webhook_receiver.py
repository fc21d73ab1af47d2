"""A vendor's server for tests: webhooks over a real socket, their signatures checked by the standard's own library."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def read_by(self, secret: str) -> Any:
        """What it says. Raises WebhookVerificationError if this secret has not signed it."""
        return Webhook(secret).verify(self.body, self.headers)

    def signed_by(self, secret: str) -> bool:
        try:
            self.read_by(secret)
        except WebhookVerificationError:
            return False
        return True


@dataclass
class Receiver:
    """`status` is what it answers; 0 hangs up without a word. `before_answer` may keep it waiting."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    before_answer: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=vera"

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]  # set below
        body = self.rfile.read(int(self.headers["content-length"]))
        receiver.received.append(Received({name.lower(): value for name, value in self.headers.items()}, body))
        receiver.before_answer()
        if receiver.status == 0:
            self.close_connection = True
            return
        self.send_response(receiver.status)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given by the base class
        pass


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """Listens on loopback; without a port on one of its own."""
    with ThreadingHTTPServer(("127.0.0.1", port), _Handler) as server:
        server.daemon_threads = True
        state = Receiver(server.server_address[1])
        server.receiver = state  # type: ignore[attr-defined]  # how a handler finds it
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
