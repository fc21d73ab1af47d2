"""No body is larger than 1 MiB: said at once when it is announced, and as soon as it shows when it is not."""

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import refusal_response
from api.refusals import BodyTooLarge, HeadersTooLarge
from api.trace import trace_of
from domain.refusal import Refusal

BODY_MAX_BYTES: Final = 1024 * 1024
HEADERS_MAX_BYTES: Final = 32 * 1024


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = _refused(scope)
        if refused is not None:
            answer = refusal_response(refused, trace_of(HTTPConnection(scope)).correlation_id)
            await answer(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_MAX_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, counted, send)


def _refused(scope: Scope) -> Refusal | None:
    """What need not be read to be refused."""
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_MAX_BYTES:
        return HeadersTooLarge()
    return BodyTooLarge() if _announced(scope) > BODY_MAX_BYTES else None


def _announced(scope: Scope) -> int:
    given = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(given) if given.isdigit() else 0
