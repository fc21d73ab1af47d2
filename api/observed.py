"""Every request from the outside: correlation id in and out, one line in the log, counted, and never a bare failure."""

import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import refusal_response
from api.refusals import Unexpected
from api.route_table import RouteTable
from api.security_headers import SECURITY_HEADERS
from api.trace import Trace, begin

_QUIET = frozenset({"/livez", "/readyz", "/metrics"})


class Observed:
    def __init__(self, app: ASGIApp, *, routes: RouteTable, log: Any, metrics: Metrics) -> None:
        self._app = app
        self._routes = routes
        self._log = log
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = begin(scope)
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_headers(message, trace)]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            self._log.exception(
                "request_failed", correlation_id=trace.correlation_id, route=self._routes.template(scope.get("route"))
            )
            if status:
                raise
            await refusal_response(Unexpected(), trace.correlation_id)(scope, receive, answer)
        finally:
            self._record(scope, trace, status, time.perf_counter() - began)

    def _record(self, scope: Scope, trace: Trace, status: int, seconds: float) -> None:
        route = self._routes.template(scope.get("route"))
        self._metrics.request(scope["method"], route, status, seconds)
        write = self._log.debug if route in _QUIET else self._log.info
        write(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            correlation_id=trace.correlation_id,
            account_id=str(trace.account_id) if trace.account_id else None,
        )


def _headers(message: Message, trace: Trace) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in message.get("headers", ())}
    ours = [
        (b"x-correlation-id", trace.correlation_id.encode()),
        *SECURITY_HEADERS,
        *((name.encode(), value.encode()) for name, value in trace.headers.items()),
    ]
    return [(name, value) for name, value in ours if name not in present]
