"""Servers that play those who carry messages: Twilio and a push service, over real sockets."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass
class Carrier:
    """`answer` replaces what is said: a status, and for Twilio an error's number."""

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    answer: tuple[int, int | None] | None = None


@dataclass
class Browser:
    """A browser with a subscription: it alone can open what is sent to it."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": _text(point), "auth": _text(self.secret)}}

    def reads(self, body: bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret))
        return said


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        carrier: Carrier = self.server.carrier  # type: ignore[attr-defined]  # set below
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if carrier.answer is not None:
            status, code = carrier.answer
            self._say(status, {"code": code, "message": "no", "status": status})
            return
        kept: dict[str, Any] = {"path": self.path, "headers": dict(self.headers), "body": body}
        if self.path.endswith("/Messages.json"):
            kept |= {name: values[0] for name, values in parse_qs(body.decode()).items()}
        carrier.received.append(kept)
        self._say(201, {"sid": f"SM{uuid4().hex}", "status": "queued"})

    def _say(self, status: int, facts: dict[str, Any]) -> None:
        said = json.dumps(facts).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Location", f"/message/{uuid4()}")
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the library's name
        pass


@contextmanager
def carrier() -> Iterator[Carrier]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        state = Carrier(f"http://127.0.0.1:{server.server_address[1]}")
        server.carrier = state  # type: ignore[attr-defined]  # how a handler finds it
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
