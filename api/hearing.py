"""What this process hears of the log, for the answers that it keeps: at once of its own appends, soon of all others.

It listens while answers are asked for. Who asks for the first one in a while is answered by the database.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.listening import moments
from commands.append import Append
from domain.capacity import ExtendClaim
from infrastructure.cache.hearsay import Hearsay
from infrastructure.cache.kept_answers import TTL_S
from queries.business_clock import clock
from queries.hearsay import BEHIND_MAX, happened
from queries.positions import head

# What was heard is remembered longer than any answer lives, by the time that a deaf process may have taken to notice.
REMEMBERED_S: Final = TTL_S + 5
QUIET_AFTER_S: Final = 60.0

Pool = AsyncConnectionPool[AsyncConnection[Any]]


def listing_subject(listing_id: UUID) -> str:
    """What a listing says of itself."""
    return f"listing:{listing_id}"


def cells_subject(listing_id: UUID) -> str:
    """How much of a listing is left."""
    return f"cells:{listing_id}"


class Hearing:
    """Lives in one event loop."""

    def __init__(self, url: str, pool: Pool, log: Any) -> None:
        self._url = url
        self._pool = pool
        self._log = log
        self._hearsay = Hearsay(REMEMBERED_S)
        self._listening: asyncio.Task[None] | None = None
        self._asked_at = 0.0
        self._position: int | None = None
        self._jumped = False

    def newest_of(self, subject: str) -> int | None:
        """See `infrastructure.cache.kept_answers.Heard`. Asking is what keeps it listening."""
        self._asked_at = time.monotonic()
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        return self._hearsay.newest_of(subject)

    def told(self, append: Append, position: int) -> None:
        """This process has appended."""
        self._hearsay.changed(set(_subjects(append)), position)

    def mistrust(self) -> None:
        """The clock of the business jumps: what is so by the clock has changed, without any event."""
        self._hearsay.stops()
        self._position = None
        self._jumped = True

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self) -> None:
        try:
            async with contextlib.aclosing(moments(self._url, self._log)) as chances:
                async for _ in chances:
                    if time.monotonic() - self._asked_at > QUIET_AFTER_S:
                        break
                    try:
                        await self._hear()
                    except (psycopg.OperationalError, PoolTimeout) as error:
                        self._log.warning("hearing_nothing", error=str(error))
        finally:
            self._hearsay.stops()
            self._position = self._listening = None

    async def _hear(self) -> None:
        """What has happened since the last time; anew from the head of the log if that is too much to say."""
        async with self._pool.connection() as connection:
            business = await clock(connection)
            newest = await head(connection)
            news = [] if self._position is None else await happened(connection, self._position)
        if business.target is not None and business.target > business.now:
            self.mistrust()
        elif self._position is None or len(news) == BEHIND_MAX:
            # What was kept before a jump has the same position as what is so after it: neither is believed.
            self._hearsay.begins(newest + 1 if self._jumped else newest)
            self._position, self._jumped = newest, False
        else:
            for one in news:
                self._hearsay.changed(_names(one.listing_id, one.cells_of), one.position)
            self._hearsay.is_level()
            self._position = news[-1].position if news else self._position


def _subjects(append: Append) -> Iterator[str]:
    for change in append.capacity:
        if not isinstance(change, ExtendClaim) and change.listing_id is not None:
            yield cells_subject(change.listing_id)
    for event in append.events:
        if type(event).TOPIC.startswith("listing."):
            yield listing_subject(event.originator_id)


def _names(listing_id: UUID | None, cells_of: UUID | None) -> list[str]:
    own = [listing_subject(listing_id)] if listing_id else []
    return [*own, cells_subject(cells_of)] if cells_of else own
