"""One who watches a booking, or all bookings of a vendor: what he is told by `api.watching`."""

import asyncio
from collections import deque
from typing import Final
from uuid import UUID

from queries.booking_news import Change

# A vendor's watcher who takes nothing for so long that more is waiting looks into the log again himself.
HEARD_MAX: Final = 5_000


class Watcher:
    """One who watches a booking; `woken` is set when something may have happened to it."""

    def __init__(self, account_id: UUID, subject_id: UUID) -> None:
        self.account_id = account_id
        self.subject_id = subject_id
        self.woken = asyncio.Event()

    def hear(self, _change: Change) -> None:
        """He looks for himself."""
        self.woken.set()


class VendorWatcher(Watcher):
    """One who watches all bookings of a vendor, in the order of the log: he has said everything up to `level`.

    What he hears before he has looked for himself once may not be all there is; what he hears after it is.
    """

    def __init__(self, vendor_id: UUID, after: int | None) -> None:
        super().__init__(vendor_id, vendor_id)
        self.level = after
        self.missed = True
        self._heard: deque[Change] = deque()

    def hear(self, change: Change) -> None:
        if len(self._heard) == HEARD_MAX:
            self._heard.clear()
            self.missed = True
        self._heard.append(change)
        self.woken.set()

    def take(self) -> list[Change]:
        """What he has heard since the last time."""
        taken = list(self._heard)
        self._heard.clear()
        return taken
