"""An endpoint of the API as a value: what it accepts and the function that does it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.documents import Doc
from sandbox.params import Accepts
from sandbox.world import Call


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    run: Callable[[Call], Doc]
    accepts: Accepts = field(default_factory=dict)
    needs: tuple[str, ...] = ()
