"""Starts parts in order, keeps them alive, and stops them in the reverse order."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from infrastructure import up_state
from infrastructure.child import Child
from infrastructure.child_log import Say
from infrastructure.embedded.process import EmbeddedServerError
from infrastructure.part import Server, ServerPart, Watched
from infrastructure.process_start import SETTINGS_REFUSED
from infrastructure.up_state import UpState

LOOK_EVERY_SECONDS: Final = 0.1
STOP_SECONDS: Final = 10.0
ONE_AFTER_ANOTHER_SECONDS: Final = 3.0
MOST_TRIES_AT_START: Final = 4
SomeServer = TypeVar("SomeServer", bound=Server)
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartFailedError(Exception):
    """Something that the rest needs did not come up."""


class StopRequestedError(Exception):
    """Somebody asked us to stop before everything was up."""


@dataclass(slots=True)
class Supervisor:
    """Of one folder, whose lock the caller holds. Everything happens in one thread, except the copying of output."""

    home: Path
    state: UpState
    say: Say
    servers: list[ServerPart] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    stop_seconds: float = STOP_SECONDS
    stop_requested: threading.Event = field(default_factory=threading.Event)
    lifeline: tuple[int, int] = field(default_factory=os.pipe)

    def serve(self, name: str, start_server: Callable[[], SomeServer]) -> SomeServer:
        """Starts a server which, when it dies, is started again at the same address."""
        self._go_on()
        server = start_server()
        part = ServerPart(name, start_server, server)
        self.servers.append(part)
        self._watch(Watched(part))
        return server

    def spawn(self, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> Child:
        self._go_on()
        child = self._child(name, command, environment)
        child.start()
        self.children.append(child)
        self._watch(Watched(child))
        return child

    def run(self, name: str, command: tuple[str, ...], environment: Mapping[str, str], seconds: float) -> None:
        """Runs a command to its end; `StartFailedError` unless it succeeds in time."""
        child = self._child(name, command, environment)
        child.start()
        try:
            self.wait_for(lambda: not child.alive(), seconds, f"{name} does not end, see {child.log}")
        finally:
            child.kill()
        if child.exit_code != 0:
            raise StartFailedError(f"{name} {child.last_words()}")

    def wait_for(self, condition: Callable[[], bool], seconds: float, complaint: str) -> None:
        """Waits during the start, tending what is started already."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self.stop_requested.wait(LOOK_EVERY_SECONDS):
                raise StopRequestedError
            self.tend()
            self._give_up_on_the_hopeless()
            if time.monotonic() > deadline:
                raise StartFailedError(complaint)

    def keep_alive(self) -> None:
        """Until somebody asks to stop."""
        while not self.stop_requested.wait(LOOK_EVERY_SECONDS):
            self.tend()

    def tend(self) -> None:
        """Starts again what has ended, each after its own pause."""
        changed = False
        for watched in self.watched:
            part = watched.part
            if watched.due_at is None and not part.alive():
                # Its settings stay what they are. The api may be ready before a slower one says so, hence also later.
                if watched.in_first_life and part.exit_code == SETTINGS_REFUSED:
                    raise StartFailedError(f"{part.name} refuses its settings: {part.last_words()}")
                watched.due_at = watched.back_off.ended()
                self.say(f"{part.name} {part.last_words()}; it is started again.")
                changed = True
            if watched.due_at is not None and time.monotonic() >= watched.due_at:
                watched.restarts += 1
                self._start(watched)
                changed = True
        if changed:
            self.publish()

    def publish(self, **found: Any) -> None:
        """Makes the state of all parts, and what else is found out, readable for others."""
        pids = {watched.part.name: watched.part.pid if watched.due_at is None else None for watched in self.watched}
        restarts = {watched.part.name: watched.restarts for watched in self.watched}
        self.state = replace(self.state, children=pids, restarts=restarts, **found)
        self.state.write(self.home)

    def stop(self) -> None:
        """Children first, the last started first, then the servers they use."""
        deadline = time.monotonic() + self.stop_seconds
        for child in reversed(self.children):
            child.ask_to_end()
            # The next one waits for this one, but not for ever: all share one deadline.
            _wait(child, min(deadline, time.monotonic() + ONE_AFTER_ANOTHER_SECONDS))
        for child in reversed(self.children):
            _wait(child, deadline)
            if child.alive():
                self.say(f"{child.name} does not end and is killed.")
                child.kill()
        for server in reversed(self.servers):
            server.stop()
        for handle in self.lifeline:
            os.close(handle)
        up_state.remove(self.home)

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """While the block runs, Ctrl-C and friends only ask to stop; the work at hand is finished first."""
        before = {number: signal.signal(number, lambda *_: self.stop_requested.set()) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _give_up_on_the_hopeless(self) -> None:
        for watched in self.watched:
            if watched.restarts >= MOST_TRIES_AT_START and watched.due_at is not None:
                raise StartFailedError(f"{watched.part.name} {watched.part.last_words()}, again and again")

    def _child(self, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> Child:
        logs = self.home / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        return Child(name, command, environment, logs / f"{name}.log", self.lifeline[0], self.say)

    def _go_on(self) -> None:
        if self.stop_requested.is_set():
            raise StopRequestedError

    def _watch(self, watched: Watched) -> None:
        watched.back_off.started()
        self.watched.append(watched)
        self.publish()

    def _start(self, watched: Watched) -> None:
        try:
            watched.start()
        except (EmbeddedServerError, OSError) as error:
            self.say(f"{watched.part.name} does not start: {error}")
            watched.due_at = watched.back_off.ended()


def _wait(child: Child, until: float) -> None:
    while child.alive() and time.monotonic() < until:
        time.sleep(0.02)
