"""Who watches which booking in this process: one LISTEN connection wakes them all, or a timer if it hears nothing.

Whoever is woken looks for himself; nobody holds a connection while nothing happens. It begins with the first watcher
and ends with the last.
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
from infrastructure.grouped import Grouped
from queries.booking_news import StoredNews, news_of, streams_changed
from queries.positions import head

OF_ACCOUNT_MAX: Final = 20
OF_PROCESS_MAX: Final = 1_000

Pool = AsyncConnectionPool[AsyncConnection[Any]]


class Watcher:
    """One who watches a booking; `woken` is set when something may have happened to it."""

    def __init__(self, account_id: UUID, booking_id: UUID) -> None:
        self.account_id = account_id
        self.booking_id = booking_id
        self.woken = asyncio.Event()


class Watching:
    """Lives in one event loop."""

    def __init__(self, url: str, pool: Pool, log: Any) -> None:
        self._url = url
        self._pool = pool
        self._log = log
        self._watchers: dict[UUID, set[Watcher]] = {}
        self._of_account: Counter[UUID] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._began = asyncio.Event()
        self.over = False
        self.news: Grouped[UUID, list[StoredNews]] = Grouped(self._news)

    async def begin(self, account_id: UUID, booking_id: UUID) -> Watcher:
        """From now on nothing is missed. Raises TooManyStreams of one account, TooManyWaiting of this process."""
        if self._of_account[account_id] >= OF_ACCOUNT_MAX:
            raise TooManyStreams(retry_after_s=5)
        if self._of_account.total() >= OF_PROCESS_MAX:
            raise TooManyWaiting
        watcher = Watcher(account_id, booking_id)
        self._watchers.setdefault(booking_id, set()).add(watcher)
        self._of_account[account_id] += 1
        if self._looking is None:
            self._began.clear()
            self._looking = asyncio.create_task(self._look())
        try:
            await self._began.wait()
        except BaseException:
            self.end(watcher)
            raise
        return watcher

    def end(self, watcher: Watcher) -> None:
        """The last one puts out the light."""
        same = self._watchers[watcher.booking_id]
        same.remove(watcher)
        if not same:
            del self._watchers[watcher.booking_id]
        self._of_account[watcher.account_id] -= 1
        self._of_account += Counter()  # Forgets who has none any more.
        if not self._watchers and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def end_all(self) -> None:
        """This process is going to end: whoever watches comes again, to another one."""
        self.over = True
        self._wake(None)

    async def _look(self) -> None:
        """Until cancelled: what has news is woken."""
        position: int | None = None
        async with contextlib.aclosing(moments(self._url, self._log)) as chances:
            async for _ in chances:
                try:
                    async with self._pool.connection() as connection:
                        if position is None:
                            position = await head(connection)
                            self._began.set()
                        position, changed = await streams_changed(connection, position)
                    self._wake(changed)
                except (psycopg.OperationalError, PoolTimeout) as error:
                    self._log.warning("watching_blind", error=str(error))

    def _wake(self, changed: set[UUID] | None) -> None:
        """Those who watch these; everybody for None."""
        for booking_id in self._watchers if changed is None else changed & self._watchers.keys():
            for watcher in self._watchers[booking_id]:
                watcher.woken.set()

    async def _news(self, booking_ids: Sequence[UUID]) -> list[list[StoredNews]]:
        async with self._pool.connection() as connection:
            found = await news_of(connection, booking_ids)
        return [found[booking_id] for booking_id in booking_ids]
