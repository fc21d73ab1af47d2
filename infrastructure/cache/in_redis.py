"""A cache in Redis, for all processes. Away, it is left alone for a moment: no request waits for what is not there."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec
import redis.asyncio
from redis.exceptions import RedisError

T = TypeVar("T")

PREFIX: Final = "travellr:cache:"
PATIENCE_S: Final = 0.25
RETRY_S: Final = 2.0
CONNECTIONS_MAX: Final = 4
DELETED_AT_ONCE: Final = 500


class RedisCache:
    def __init__(
        self, url: str, clock: Callable[[], float] = time.monotonic, *, patience_s: float = PATIENCE_S
    ) -> None:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS_MAX,
            timeout=patience_s,
            socket_timeout=patience_s,
            socket_connect_timeout=patience_s,
            retry=None,
        )
        self._redis = redis.asyncio.Redis.from_pool(pool)
        self._clock = clock
        self._away_until = float("-inf")

    async def get(self, key: str) -> Any | None:
        return (await self.get_many([key])).get(key)

    async def set(self, key: str, value: Any, ttl_s: float) -> None:
        await self.set_many({key: value}, ttl_s)

    async def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        names = list(keys)
        if not names:
            return {}
        found: list[bytes | str | None] = await self._try(
            lambda: self._redis.mget([PREFIX + name for name in names]), []
        )
        return {
            name: msgspec.json.decode(value) for name, value in zip(names, found, strict=False) if value is not None
        }

    async def set_many(self, values: Mapping[str, Any], ttl_s: float) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for name, value in values.items():
            pipeline.set(PREFIX + name, msgspec.json.encode(value), px=round(ttl_s * 1000))
        await self._try(pipeline.execute, None)

    async def delete_matching(self, pattern: str) -> int:
        """SCAN goes through the keys in steps, UNLINK frees their memory in another thread: nobody else waits."""
        deleted, names = 0, []
        if self._clock() < self._away_until:
            return 0
        try:
            async for name in self._redis.scan_iter(PREFIX + pattern, count=DELETED_AT_ONCE):
                names.append(name)
                if len(names) >= DELETED_AT_ONCE:
                    deleted += await self._redis.unlink(*names)
                    names = []
            deleted += await self._redis.unlink(*names) if names else 0
        except (RedisError, OSError):
            self._away_until = self._clock() + RETRY_S
        return deleted

    async def increment(self, key: str, by: int = 1, *, ttl_s: float) -> int | None:
        pipeline = self._redis.pipeline()
        pipeline.incrby(PREFIX + key, by)
        pipeline.pexpire(PREFIX + key, round(ttl_s * 1000), nx=True)
        counted: list[int] | None = await self._try(pipeline.execute, None)
        return None if counted is None else counted[0]

    async def close(self) -> None:
        await self._redis.aclose()

    async def _try(self, question: Callable[[], Awaitable[T]], otherwise: T) -> T:
        if self._clock() < self._away_until:
            return otherwise
        try:
            return await question()
        except (RedisError, OSError):
            self._away_until = self._clock() + RETRY_S
            return otherwise
