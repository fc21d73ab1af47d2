"""Who watches which booking in this process: one LISTEN connection wakes them all, or a timer if it hears nothing.

Whoever is woken looks for himself; nobody holds a connection while nothing happens. It begins with the first watcher
and ends with the last. Those who watch a vendor are told which bookings, so that one question answers for all of them.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.listening import moments
from api.refusals import TooManyStreams, TooManyWaiting
from api.watcher import VendorWatcher, Watcher
from infrastructure.grouped import Grouped
from queries.booking_news import NEWS_MAX, Change, StoredNews, changed_since, news_of, vendors_of
from queries.positions import head

OF_ACCOUNT_MAX: Final = 20
OF_PROCESS_MAX: Final = 1_000

Pool = AsyncConnectionPool[AsyncConnection[Any]]


class Watching:
    """Lives in one event loop."""

    def __init__(self, url: str, pool: Pool, log: Any) -> None:
        self._url = url
        self._pool = pool
        self._log = log
        self._watchers: dict[UUID, set[Watcher]] = {}
        self._vendors = 0
        self._of_account: Counter[UUID] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._began = asyncio.Event()
        self._position = 0
        self._catching_up = asyncio.Lock()
        self.over = False
        self.news: Grouped[UUID, list[StoredNews]] = Grouped(self._news)

    async def begin(self, watcher: Watcher) -> None:
        """From now on nothing is missed. Raises TooManyStreams of one account, TooManyWaiting of this process."""
        if self._of_account[watcher.account_id] >= OF_ACCOUNT_MAX:
            raise TooManyStreams(retry_after_s=5)
        if self._of_account.total() >= OF_PROCESS_MAX:
            raise TooManyWaiting
        self._watchers.setdefault(watcher.subject_id, set()).add(watcher)
        self._vendors += isinstance(watcher, VendorWatcher)
        self._of_account[watcher.account_id] += 1
        if self._looking is None:
            self._began.clear()
            self._looking = asyncio.create_task(self._look())
        try:
            await self._began.wait()
        except BaseException:
            self.end(watcher)
            raise

    def end(self, watcher: Watcher) -> None:
        """The last one puts out the light."""
        same = self._watchers[watcher.subject_id]
        same.remove(watcher)
        if not same:
            del self._watchers[watcher.subject_id]
        self._vendors -= isinstance(watcher, VendorWatcher)
        self._of_account[watcher.account_id] -= 1
        self._of_account += Counter()  # Forgets who has none any more.
        if not self._watchers and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def end_all(self) -> None:
        """This process is going to end: whoever watches comes again, to another one."""
        self.over = True
        for same in self._watchers.values():
            for watcher in same:
                watcher.woken.set()

    async def changes(self, watcher: VendorWatcher) -> tuple[int, list[Change]]:
        """What happened to the bookings of a vendor behind the watcher's level, in order, and up to where that is all.

        One who begins, or could not keep up, reads the log; one at a time, so that the others keep their connections.
        """
        if watcher.level is None:
            watcher.level = self._position
        level = watcher.level
        if not watcher.missed:
            heard = [change for change in watcher.take() if change.position > level]
            return max(level, self._position), heard
        # Only once he will hear what happens from now on, he looks: what he does not see he is going to hear.
        watcher.missed = False
        try:
            async with self._catching_up, self._pool.connection() as connection:
                upto, changes = await changed_since(connection, level)
                owners = await vendors_of(connection, _bookings(changes))
        except BaseException:
            watcher.missed = True
            raise
        watcher.missed = watcher.missed or upto - level == NEWS_MAX
        return upto, [change for change in changes if owners[change.booking_id] == watcher.subject_id]

    async def _look(self) -> None:
        """Until cancelled: what has news is woken."""
        begun = False
        async with contextlib.aclosing(moments(self._url, self._log)) as chances:
            async for _ in chances:
                try:
                    async with self._pool.connection() as connection:
                        if not begun:
                            self._position, begun = await head(connection), True
                            self._began.set()
                        while await self._tell(connection):
                            pass
                except (psycopg.OperationalError, PoolTimeout) as error:
                    self._log.warning("watching_blind", error=str(error))

    async def _tell(self, connection: AsyncConnection[Any]) -> bool:
        """Those who watch what has changed hear of it; whether there may be more. Whose it is is asked last: who begins
        to watch a vendor after that will see it in the log.
        """
        upto, changes = await changed_since(connection, self._position)
        owners = await vendors_of(connection, _bookings(changes)) if self._vendors and changes else {}
        for change in changes:
            for subject_id in (change.booking_id, owners.get(change.booking_id)):
                for watcher in self._watchers.get(subject_id, ()) if subject_id else ():
                    watcher.hear(change)
        more = upto - self._position == NEWS_MAX
        self._position = upto
        return more

    async def _news(self, booking_ids: Sequence[UUID]) -> list[list[StoredNews]]:
        async with self._pool.connection() as connection:
            found = await news_of(connection, booking_ids)
        return [found[booking_id] for booking_id in booking_ids]


def _bookings(changes: Sequence[Change]) -> list[UUID]:
    return list({change.booking_id for change in changes})
