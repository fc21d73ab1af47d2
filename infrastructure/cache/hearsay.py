"""What a process has heard of the log: which subjects have changed lately, and up to which position it has listened."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

# Somebody who has not heard anything for so long, not even that nothing happens, does not hear well.
DEAF_AFTER_S: Final = 1.5


class Hearsay:
    """Told of changes by whoever commits in this process, at once, and by whoever reads the log, a little later.

    `life_s` is how long a kept answer lives: what was heard longer ago contradicts none any more, and is forgotten.
    """

    def __init__(self, life_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._life_s = life_s
        self._clock = clock
        self._newest: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._since: int | None = None
        self._heard_at = float("-inf")

    def newest_of(self, subject: str) -> int | None:
        """See `Heard`."""
        if self._since is None or self._clock() - self._heard_at > DEAF_AFTER_S:
            return None
        position, _ = self._newest.get(subject, (0, 0.0))
        return max(position, self._since)

    def begins(self, head: int) -> None:
        """Listening begins behind `head`: what happened before it is unknown."""
        self._since = head
        self._heard_at = self._clock()

    def stops(self) -> None:
        """Nothing that was kept may be believed until it begins again."""
        self._since = None

    def is_level(self) -> None:
        """Everything up to this moment was heard."""
        self._heard_at = self._clock()

    def changed(self, subjects: Iterable[str], position: int) -> None:
        """Something happened to these at `position`."""
        now = self._clock()
        for subject in subjects:
            known, _ = self._newest.pop(subject, (0, 0.0))
            self._newest[subject] = max(known, position), now
        while self._newest:
            oldest, (_, heard_at) = next(iter(self._newest.items()))
            if now - heard_at <= self._life_s:
                break
            del self._newest[oldest]
