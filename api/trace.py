"""What one request leaves behind while it passes through: its correlation id, and who it turned out to be from."""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.requests import HTTPConnection

from domain.actor import Actor

_KEY: Final = "travellr.trace"
_SANE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Trace:
    correlation_id: str
    account_id: UUID | None = None
    actor: Actor | None = None  # In a role that may do this.
    headers: dict[str, str] = field(default_factory=dict)  # To be told with the answer, whatever it is.


def begin(scope: Any) -> Trace:
    """The caller's own correlation id if it is a harmless one, else a new one."""
    given = next((value for name, value in scope["headers"] if name == b"x-correlation-id"), b"").decode("latin-1")
    trace = Trace(given if _SANE.fullmatch(given) else uuid4().hex)
    scope[_KEY] = trace
    return trace


def trace_of(connection: HTTPConnection) -> Trace:
    trace = connection.scope[_KEY]
    assert isinstance(trace, Trace)
    return trace
