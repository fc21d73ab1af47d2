"""How often something may be tried: by GCRA, which needs one number a key and lets nobody save up more than the quota.

The numbers are in Redis, so that all processes count together. Without Redis each process counts by itself: nobody is
shut out by its absence, and who tries too often is still slowed down.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import redis.asyncio
from redis.exceptions import RedisError

PREFIX: Final = "travellr:limit:"
PATIENCE_S: Final = 0.25
RETRY_S: Final = 2.0
LOCAL_KEYS_MAX: Final = 50_000

# The theoretical arrival time (TAT) of a key moves on by one interval for each try, and may be ahead of now by a window
# at most. ARGV: interval, window, cost (negative gives back), all in microseconds. Answers allowed, and TAT - now.
_GCRA: Final = """
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
    local wanted = tat + ARGV[1] * ARGV[3]
    if wanted - now > tonumber(ARGV[2]) then
        return {0, tat - now}
    end
    wanted = math.max(wanted, now)
    redis.call('SET', KEYS[1], string.format('%.0f', wanted), 'PX', math.max(1, math.ceil((wanted - now) / 1000)))
    return {1, wanted - now}
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `quota` tries in `window_s`; a quota of 0 means no limit."""

    name: str
    quota: int
    window_s: int

    @classmethod
    def of(cls, name: str, setting: str) -> "Limit":
        """From "10/300": ten in 300 seconds. "0" is none."""
        quota, _, window_s = setting.partition("/")
        return cls(name, int(quota), int(window_s or 1))

    @property
    def interval_us(self) -> int:
        return self.window_s * 1_000_000 // self.quota


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one more try was allowed; how many are left, and when there is one again."""

    limit: Limit
    allowed: bool
    left: int
    retry_after_s: int


class RateLimits:
    def __init__(self, redis_url: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = (
            redis.asyncio.Redis.from_url(
                redis_url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S, retry=None
            )
            if redis_url
            else None
        )
        self._script: Any = self._redis.register_script(_GCRA) if self._redis is not None else None
        self._away_until = float("-inf")
        self._clock = clock
        self._local: dict[str, int] = {}

    async def take(self, limit: Limit, key: str) -> Verdict:
        """One try of `key`, counted if it is allowed."""
        if not limit.quota:
            return Verdict(limit, allowed=True, left=0, retry_after_s=0)
        allowed, ahead_us = await self._count(limit, key, 1)
        left = (limit.window_s * 1_000_000 - ahead_us) // limit.interval_us
        wait_us = 0 if allowed else ahead_us + limit.interval_us - limit.window_s * 1_000_000
        return Verdict(limit, allowed, max(0, left), -(-wait_us // 1_000_000))

    async def look(self, limit: Limit, key: str) -> Verdict:
        """Whether one more try would be allowed; nothing is counted."""
        if not limit.quota:
            return Verdict(limit, allowed=True, left=0, retry_after_s=0)
        _, ahead_us = await self._count(limit, key, 0)
        left = max(0, (limit.window_s * 1_000_000 - ahead_us) // limit.interval_us)
        wait_us = 0 if left else ahead_us + limit.interval_us - limit.window_s * 1_000_000
        return Verdict(limit, left > 0, left, -(-wait_us // 1_000_000))

    async def give_back(self, limit: Limit, key: str) -> None:
        """The try was none of those that are counted."""
        if limit.quota:
            await self._count(limit, key, -1)

    async def remember(self, key: str, for_s: int) -> None:
        """Only in Redis, and only as long as it pleases Redis: what is remembered here makes life easier, no more."""
        if self._redis is not None and self._clock() >= self._away_until:
            try:
                await self._redis.set(PREFIX + key, 1, ex=for_s)
            except (RedisError, OSError):
                self._away_until = self._clock() + RETRY_S

    async def remembers(self, key: str) -> bool:
        if self._redis is None or self._clock() < self._away_until:
            return False
        try:
            return bool(await self._redis.exists(PREFIX + key))
        except (RedisError, OSError):
            self._away_until = self._clock() + RETRY_S
            return False

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    async def _count(self, limit: Limit, key: str, cost: int) -> tuple[bool, int]:
        """Allowed, and by how many microseconds the key's TAT is ahead of now."""
        name = f"{limit.name}:{key}"
        if self._script is not None and self._clock() >= self._away_until:
            arguments = (limit.interval_us, limit.window_s * 1_000_000, cost)
            try:
                answer = cast("Sequence[int]", await self._script(keys=[PREFIX + name], args=arguments))
                return bool(answer[0]), int(answer[1])
            except (RedisError, OSError):
                # Asked again in a while only: a request must not wait for what is not there.
                self._away_until = self._clock() + RETRY_S
        return self._count_here(limit, name, cost)

    def _count_here(self, limit: Limit, name: str, cost: int) -> tuple[bool, int]:
        now = int(self._clock() * 1_000_000)
        if len(self._local) >= LOCAL_KEYS_MAX:
            self._local = {key: tat for key, tat in self._local.items() if tat > now}
        if len(self._local) >= LOCAL_KEYS_MAX:
            self._local.clear()  # Better to forget than to fill the memory.
        tat = max(self._local.get(name, 0), now)
        wanted = tat + limit.interval_us * cost
        if wanted - now > limit.window_s * 1_000_000:
            return False, tat - now
        self._local[name] = max(wanted, now)
        return True, max(wanted, now) - now
