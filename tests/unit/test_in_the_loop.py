"""Nothing on the way of a request is sent to a thread and back: it would take as long as everything else together."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import ROUTES
from api.routes import sandbox_clock


def _called(needed: Dependant) -> Iterator[Callable[..., Any]]:
    if needed.call is not None:
        yield needed.call
    for inner in needed.dependencies:
        yield from _called(inner)


def _is_asynchronous(call: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__)


def test_every_endpoint_and_everything_it_depends_on_is_asynchronous() -> None:
    routes = [route for area in (*ROUTES, sandbox_clock) for route in area.router.routes if isinstance(route, APIRoute)]
    called = {call for route in routes for call in _called(route.dependant)}
    assert len(called) > len(routes) > 50
    assert [call for call in called if not _is_asynchronous(call)] == []
