"""The secrets that Stripe signs webhooks with: set from outside, or kept by the worker that registered the endpoints.

One for our own account and one for connected accounts, separated by spaces; while one is rolled there are more.
"""

import time
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from infrastructure.settings import Settings
from queries.webhook_secrets import kept_webhook_secrets

CACHED_S: Final = 30.0


class WebhookSecrets:
    def __init__(self, settings: Settings, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
        given = settings.stripe_webhook_secret
        self._given = tuple(given.get_secret_value().split()) if given else ()
        self._pool = pool
        self._kept: tuple[str, ...] = ()
        self._read_at = float("-inf")

    async def current(self, *, fresh: bool = False) -> tuple[str, ...]:
        """None at all while no endpoint is registered. `fresh` when the cached ones did not fit."""
        if self._given:
            return self._given
        if fresh or not self._kept or time.monotonic() - self._read_at > CACHED_S:
            async with self._pool.connection() as connection:
                self._kept = tuple((await kept_webhook_secrets(connection) or "").split())
            self._read_at = time.monotonic()
        return self._kept
