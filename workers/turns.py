"""Turns: not too many at once at one place, so that a slow one holds up nobody but itself."""

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final

AT_ONCE_MAX: Final = 2
# Who has been at it for so long is slow: nobody waits behind him.
SLOW_S: Final = 1.0
WAIT_S: Final = 0.5


class Turns:
    """Of the threads of one process."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._taken: dict[Hashable, list[float]] = {}

    @contextmanager
    def taken(self, place: Hashable) -> Iterator[bool]:
        """Whether it is ours; a place that is quick is waited for a moment."""
        ours = self._take(place)
        try:
            yield ours is not None
        finally:
            if ours is not None:
                self._give_back(place, ours)

    def _take(self, place: Hashable) -> float | None:
        until = time.monotonic() + WAIT_S
        with self._free:
            while True:
                now, taken = time.monotonic(), self._taken.setdefault(place, [])
                if len(taken) < AT_ONCE_MAX:
                    taken.append(now)
                    return now
                if now >= until or all(now - since > SLOW_S for since in taken):
                    return None
                self._free.wait(until - now)

    def _give_back(self, place: Hashable, ours: float) -> None:
        with self._free:
            self._taken[place].remove(ours)
            if not self._taken[place]:
                del self._taken[place]
            self._free.notify_all()
