"""What a cache can do. It may forget anything at any time, and whoever asks it must be able to do without."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Cache(Protocol):
    """Values are JSON: what goes in as a tuple or a UUID comes out as a list or a string.

    Nothing raises because the cache is away: then nothing is found, nothing is kept, and nothing can be counted.
    """

    async def get(self, key: str) -> Any | None:
        """None if it is not there, or not any more."""

    async def set(self, key: str, value: Any, ttl_s: float) -> None:
        """Keep it for `ttl_s` seconds, 0.001 at least, at most."""

    async def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """Those that are there, asked for at once."""

    async def set_many(self, values: Mapping[str, Any], ttl_s: float) -> None:
        """Keep all of them for `ttl_s` seconds."""

    async def delete_matching(self, pattern: str) -> int:
        """Forget every key that matches a glob (`*`, `?`, `[ab]`), in small steps; how many there were."""

    async def increment(self, key: str, by: int = 1, *, ttl_s: float) -> int | None:
        """Count; what it comes to. The count begins at 0 and lasts `ttl_s` seconds from its first time on.

        None if nothing can be counted now.
        """

    async def close(self) -> None:
        """Let go of connections."""
