"""Answers that never arrive: closing the connection without a byte, or in the middle of the body."""

from typing import Any, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_CLOSE = "sandbox.close_connection"


class ClosableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also lets the application close the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["extensions"] = {_CLOSE: self.transport.close}


class BrokenConnection(Response):
    """Closes the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  the signature of ASGI
        await _closed(scope, receive)


class TruncatedResponse(Response):
    """Promises the whole body, sends half of it and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _closed(scope, receive)


async def _closed(scope: Scope, receive: Receive) -> None:
    """Returns only when uvicorn has seen the end of the connection: sooner, it would send a 500."""
    scope["extensions"][_CLOSE]()
    ended = False
    while not ended:
        ended = (await receive())["type"] == "http.disconnect"
