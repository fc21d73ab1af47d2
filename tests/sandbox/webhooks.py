"""A webhook endpoint of the tests: remembers what it was sent, and answers what it is told to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import stripe

from tests.sandbox.server import Sandbox


@dataclass
class Inbox:
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    # Answers to give before it is 200 for good.
    statuses: list[int] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [_parsed(body)["id"] for body in self.bodies]

    def types(self) -> list[str]:
        return [_parsed(body)["type"] for body in self.bodies]

    def verified(self, secret: str) -> list[stripe.Event]:
        pairs = zip(self.bodies, self.signatures, strict=True)
        return [stripe.Webhook.construct_event(body, signature, secret) for body, signature in pairs]


def _parsed(body: bytes) -> Any:
    return json.loads(body)


@contextmanager
def inbox(port: int = 0) -> Iterator[Inbox]:
    kept, lock = Inbox(), Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # Deliveries come at the same time: the signature must stay beside its body.
            with lock:
                kept.signatures.append(self.headers["Stripe-Signature"])
                kept.bodies.append(body)
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}/hooks"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


def subscribe(sandbox: Sandbox, box: Inbox, *types: str, connect: bool = False) -> str:
    """The secret of a new endpoint."""
    params: Any = {"url": box.url, "enabled_events": list(types) or ["*"], "connect": connect}
    secret = sandbox.client().v1.webhook_endpoints.create(params).secret
    assert secret is not None
    return secret
