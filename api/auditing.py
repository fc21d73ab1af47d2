"""Who watches is watched: what an auditor asks is in the log before it is answered (ADR 0028)."""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import psycopg
from psycopg_pool import PoolTimeout
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.edge import Edge
from api.problems import refusal_response
from api.refusals import Unavailable
from api.trace import Trace, trace_of
from commands.append import Busy, Meta, OutcomeUnknown, Overloaded
from commands.record_audit_query import RecordAuditQuery
from infrastructure.new_id import new_id

_AWAY: Final = (psycopg.Error, PoolTimeout, OutcomeUnknown, Overloaded, Busy)
_READS: Final = frozenset({"GET", "HEAD"})
_VALUE_MAX: Final = 64
_PARAMETERS_MAX: Final = 40
# Parameters whose values nobody can put a name or an address in and be understood; of others it is kept that they were
# given. What a path names is of this kind as well.
_TOLD: Final = frozenset({
    *("after", "before", "position", "limit", "size", "seed", "from", "to", "as_of", "until", "upto", "day"),
    *("topic", "stream", "actor", "correlation", "event", "entry", "line", "booking", "payment", "refund", "payout"),
    *("amount", "amount_from", "amount_to", "stripe", "currency", "account", "status", "state", "kind", "cadence"),
    *("period", "bucket", "role", "booking_id", "listing_id", "vendor_id", "payment_id", "late", "min_position"),
    *("known_from", "known_to", "known_at", "table", "column", "projection"),
})  # fmt: skip
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_.:+/-]*")
WITHHELD: Final = "(withheld)"


class _Items(msgspec.Struct):
    items: list[msgspec.Raw]


class Auditing:
    """Holds back the beginning of an auditor's answer until the question is recorded; it fails if that fails."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        desk = _Desk(scope, receive, send)
        await self._app(scope, receive, desk.answer)


class _Desk:
    """One answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._beginning: Message | None = None
        self._is_refused = False

    async def answer(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_watched(self._scope):
            self._beginning = message
            if not _is_whole(message):
                await self._release(None)
            return
        if self._beginning is not None:
            await self._release(_count(message.get("body", b"")))
        if not self._is_refused:
            await self._send(message)

    async def _release(self, results: int | None) -> None:
        assert self._beginning is not None
        held, self._beginning = self._beginning, None
        try:
            await _record(self._scope, held["status"], results)
        except _AWAY:
            self._is_refused = True
            refused = refusal_response(Unavailable(), _trace(self._scope).correlation_id)
            await refused(self._scope, self._receive, self._send)
        else:
            await self._send(held)


def _is_watched(scope: Scope) -> bool:
    """Whatever an auditor reads, and whatever is done in the auditors' own corner of the house."""
    actor = _trace(scope).actor
    if actor is None or actor.role != "auditor":
        return False
    return scope["method"] in _READS or "/audit/" in scope["path"]


def _trace(scope: Scope) -> Trace:
    return trace_of(HTTPConnection(scope))


def _is_whole(start: Message) -> bool:
    """Of a length that is known: no download, and no stream that goes on for ever."""
    return any(name.lower() == b"content-length" for name, _ in start.get("headers", ()))


def _count(body: bytes) -> int | None:
    """How many things the answer lists; nothing if it is no list."""
    try:
        return len(msgspec.json.decode(body, type=_Items).items)
    except msgspec.MsgspecError:
        return None


async def _record(scope: Scope, status: int, results: int | None) -> None:
    trace, edge = _trace(scope), scope["app"].state.edge
    assert isinstance(edge, Edge)
    assert trace.actor is not None
    command = RecordAuditQuery(new_id(), scope["route"].name, parameters_of(scope), status, results)
    await edge.house.dispatch(command, meta=Meta(trace.actor, type(command).__name__, trace.correlation_id))


def parameters_of(scope: Any) -> dict[str, str]:
    """Of the path and of the query, what cannot be personal."""
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    named = ((name, str(value)) for name, value in scope.get("path_params", {}).items())
    return dict(_told(named, known=True)) | dict(_told(asked[:_PARAMETERS_MAX], known=False))


def _told(parameters: Iterable[tuple[str, str]], *, known: bool) -> Iterable[tuple[str, str]]:
    for name, value in parameters:
        is_told = (known or name in _TOLD) and len(value) <= _VALUE_MAX and _HARMLESS.fullmatch(value)
        if known or name in _TOLD:
            yield name, value if is_told else WITHHELD
        else:
            yield "other", WITHHELD
