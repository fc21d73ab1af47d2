"""A cache inside one process."""

import fnmatch
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

KEYS_MAX: Final = 10_000


@dataclass(slots=True)
class _Entry:
    value: bytes
    until: float


class MemoryCache:
    """Full, it forgets what was written the longest ago."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, keys_max: int = KEYS_MAX) -> None:
        self._entries: dict[str, _Entry] = {}
        self._clock = clock
        self._keys_max = keys_max

    async def get(self, key: str) -> Any | None:
        entry = self._alive(key)
        return None if entry is None else msgspec.json.decode(entry.value)

    async def set(self, key: str, value: Any, ttl_s: float) -> None:
        self._keep(key, msgspec.json.encode(value), self._clock() + ttl_s)

    async def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        alive = {key: self._alive(key) for key in keys}
        return {key: msgspec.json.decode(entry.value) for key, entry in alive.items() if entry is not None}

    async def set_many(self, values: Mapping[str, Any], ttl_s: float) -> None:
        for key, value in values.items():
            await self.set(key, value, ttl_s)

    async def delete_matching(self, pattern: str) -> int:
        matching = [key for key in self._entries if fnmatch.fnmatchcase(key, pattern) and self._alive(key)]
        for key in matching:
            del self._entries[key]
        return len(matching)

    async def increment(self, key: str, by: int = 1, *, ttl_s: float) -> int | None:
        entry = self._alive(key)
        count: int = by if entry is None else msgspec.json.decode(entry.value) + by
        self._keep(key, msgspec.json.encode(count), self._clock() + ttl_s if entry is None else entry.until)
        return count

    async def close(self) -> None:
        self._entries.clear()

    def _alive(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is not None and entry.until <= self._clock():
            del self._entries[key]
            return None
        return entry

    def _keep(self, key: str, value: bytes, until: float) -> None:
        self._entries.pop(key, None)
        if len(self._entries) >= self._keys_max:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = _Entry(value, until)
