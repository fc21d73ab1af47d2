"""What a supervisor keeps alive, and how long it waits before it starts one again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 5.0
STEADY_SECONDS: Final = 30.0


class Part(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def exit_code(self) -> int | None: ...
    def start(self) -> None: ...
    def alive(self) -> bool: ...
    def last_words(self) -> str: ...


class Server(Protocol):
    @property
    def pid(self) -> int: ...
    def alive(self) -> bool: ...
    def stop(self) -> None: ...


@dataclass(slots=True)
class ServerPart:
    name: str
    start_server: Callable[[], Server]
    server: Server | None = None

    @property
    def pid(self) -> int | None:
        return self.server.pid if self.server else None

    @property
    def exit_code(self) -> int | None:
        return None  # An adopted server is nobody's child, so nobody is told.

    def start(self) -> None:
        self.server = self.start_server()

    def alive(self) -> bool:
        return self.server is not None and self.server.alive()

    def last_words(self) -> str:
        return "is gone"

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()


@dataclass(slots=True)
class BackOff:
    """Doubled after each short life, forgotten after a steady one."""

    clock: Callable[[], float] = time.monotonic
    pause: float = FIRST_PAUSE_SECONDS
    started_at: float = 0.0

    def started(self) -> None:
        self.started_at = self.clock()

    def ended(self) -> float:
        """The instant, on the same clock, at which to start again."""
        if self.clock() - self.started_at >= STEADY_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        due = self.clock() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        return due


@dataclass(slots=True)
class Watched:
    part: Part
    back_off: BackOff = field(default_factory=BackOff)
    due_at: float | None = None
    restarts: int = 0

    @property
    def in_first_life(self) -> bool:
        young = self.back_off.clock() - self.back_off.started_at < STEADY_SECONDS
        return self.restarts == 0 and young

    def start(self) -> None:
        self.due_at = None
        self.back_off.started()
        self.part.start()
