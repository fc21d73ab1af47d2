"""All routes in one table: templates for logs and metrics, methods for `Allow`, and which of them need a sign-in."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from api.caller import signed_in


@dataclass(slots=True)
class RouteTable:
    secured: set[str] = field(default_factory=set)
    _templates: dict[Callable[..., Any], str] = field(default_factory=dict)
    _methods: list[tuple[re.Pattern[str], set[str]]] = field(default_factory=list)

    def add(self, prefix: str, router: APIRouter) -> None:
        for route in router.routes:
            assert isinstance(route, APIRoute), route
            self._templates[route.endpoint] = prefix + route.path
            self._methods.append((compile_path(prefix + route.path)[0], set(route.methods or ())))
            if _needs_sign_in(route.dependant):
                self.secured.add(route.name)

    def template(self, route: Any) -> str:
        """Never the path itself: a path may hold anything, and as a label it would be without bounds."""
        return self._templates.get(route.endpoint, "(none)") if route else "(none)"

    def methods(self, path: str) -> set[str]:
        return {method for pattern, methods in self._methods if pattern.match(path) for method in methods}


def _needs_sign_in(needed: Dependant) -> bool:
    return needed.call is signed_in or any(_needs_sign_in(inner) for inner in needed.dependencies)
