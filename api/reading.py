"""Questions to a read model: how far it has read, waiting for it, and a second look before anything is "not found"."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel
from starlette.responses import Response

from api.by_id import ById
from api.edge import edge_of
from api.refusals import NotCaughtUp
from domain.refusal import NotFound
from queries.positions import follower_position, head

T = TypeVar("T")
Question = Callable[[AsyncConnection[Any]], Awaitable[T]]
Pool = AsyncConnectionPool[AsyncConnection[Any]]

WAIT_MAX_S: Final = 2.0
_POLL_FIRST_S: Final = 0.004
_POLL_LAST_S: Final = 0.05
POSITION_MAX: Final = 2**63 - 1


async def wait_until(holds: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Ask again and again, less often each time, until it holds or `seconds` are over."""
    end, pause = time.monotonic() + seconds, _POLL_FIRST_S
    while not await holds():
        if time.monotonic() >= end:
            return False
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _POLL_LAST_S)
    return True


@dataclass(slots=True)
class Reading:
    """`position` is how far the follower had read before the question was asked, so the answer is at least as new.

    `at_least` is what the caller named as `min_position`, or 0.
    """

    pool: Pool
    follower: str
    at_least: int = 0
    position: int = 0

    async def ask(self, question: Question[T]) -> T:
        async with self.pool.connection() as connection:
            self.position = await follower_position(connection, self.follower)
            return await question(connection)

    async def find(self, question: Question[T | None]) -> T:
        """One resource, as `_certainly` has it."""
        return await self._certainly(lambda: self.ask(question))

    async def find_by_id(self, rows: ById[T], row_id: UUID, may_see: Callable[[T], bool]) -> T:
        """The same for one of the `by_id`; what the caller may not see is not there for him."""

        async def look() -> T | None:
            seen = await rows(row_id)
            self.position = seen.position
            return seen.row if seen.row is not None and may_see(seen.row) else None

        return await self._certainly(look)

    async def _certainly(self, look: Callable[[], Awaitable[T | None]]) -> T:
        """Raises NotFound only after the read model has seen all that was written before this request: a client that
        has just made a thing never hears that there is no such thing.
        """
        found = await look()
        if found is None:
            async with self.pool.connection() as connection:
                newest = await head(connection)
            if self.position < newest:
                await self.reach(newest)
                found = await look()
        if found is None:
            raise NotFound
        return found

    async def reach(self, position: int) -> bool:
        async def reached() -> bool:
            async with self.pool.connection() as connection:
                return await follower_position(connection, self.follower) >= position

        return await wait_until(reached, WAIT_MAX_S)

    def answer(self, view: BaseModel, *, version: int | None = None) -> Response:
        headers = {"Travellr-Position": str(self.position)}
        if version is not None:
            headers["ETag"] = f'"{version}"'
        return Response(view.model_dump_json(), 200, headers, "application/json")


def reading(follower: str) -> Any:
    """A dependency: this follower's read model, at `min_position` at least. Raises NotCaughtUp after 2 s."""

    async def ready(
        request: Request,
        min_position: Annotated[
            int | None, Query(ge=0, le=POSITION_MAX, description="Wait until the read model has got there.")
        ] = None,
    ) -> Reading:
        read = Reading(edge_of(request).house.reads, follower, min_position or 0)
        if min_position and not await read.reach(min_position):
            raise NotCaughtUp
        return read

    return Depends(ready)
