"""Answers that are kept for a moment, each with the position of the log that it is true for (ADR 0026).

An answer is taken from the cache only if it is as new as the newest event that this process has heard of about its
subject. Who has not heard what happens asks the database. So a cached answer can be late, never wrong about its age,
and a client that names a `min_position` gets nothing older.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from infrastructure.cache.contract import Cache
from infrastructure.grouped import Grouped

TTL_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found, as JSON values, and how far the log had been read before it was looked for."""

    position: int
    value: Any


class Heard(Protocol):
    """What this process has heard of the log."""

    def newest_of(self, subject: str) -> int | None:
        """The position of the newest event about a subject within the life of an answer, or a position before which
        nothing is known; None if this process does not hear well just now.
        """


Ask = Callable[[], Awaitable[Kept]]


class KeptAnswers:
    """Lives in one event loop. Those who ask the same at once ask the database once."""

    def __init__(self, cache: Cache, heard: Heard, ttl_s: float = TTL_S) -> None:
        self._cache = cache
        self._heard = heard
        self._ttl_s = ttl_s
        self._look: Grouped[str, Kept | None] = Grouped(self._look_up)
        self._asking: dict[str, asyncio.Task[Kept]] = {}

    async def read(self, subject: str, question: str, ask: Ask, *, at_least: int = 0) -> Kept:
        """The answer to a question about a subject: kept or, asked now by `ask`, at `at_least` or newer.

        Only what was asked after this call began is given with an older position than what was heard.
        """
        newest = self._heard.newest_of(subject)
        if newest is None:
            return await ask()
        enough, key = max(newest, at_least), f"{subject}:{question}"
        kept = await self._look(key)
        if kept is not None and kept.position >= enough:
            return kept
        before = self._asking.get(key)
        if before is not None:
            kept = await asyncio.shield(before)
            if kept.position >= enough:
                return kept
        running = self._asking.get(key)
        if running is None or running is before:
            running = self._begin(subject, key, ask)
        return await asyncio.shield(running)

    def _begin(self, subject: str, key: str, ask: Ask) -> asyncio.Task[Kept]:
        async def asked() -> Kept:
            try:
                kept = await ask()
            finally:
                if self._asking.get(key) is task:
                    del self._asking[key]
            newest = self._heard.newest_of(subject)
            if newest is not None and kept.position >= newest:
                await self._cache.set(key, {"position": kept.position, "value": kept.value}, self._ttl_s)
            return kept

        task = self._asking[key] = asyncio.create_task(asked())
        return task

    async def _look_up(self, keys: Sequence[str]) -> list[Kept | None]:
        found = await self._cache.get_many(set(keys))
        return [Kept(**found[key]) if key in found else None for key in keys]
