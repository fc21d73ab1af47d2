"""When to look into the log: soon after a NOTIFY, and once a second without one."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, Final

import psycopg

from infrastructure.database import async_connect

POLL_S: Final = 1.0
# In a rush, looks are so far apart at least: what comes meanwhile is seen together.
PACE_S: Final = 0.02


async def moments(url: str, log: Any) -> AsyncGenerator[None]:
    """At once, and then whenever there may be news. Close it, and its connection closes, too."""
    hint = asyncio.Event()
    listening = asyncio.create_task(_listen(url, hint, log))
    try:
        while True:
            hint.clear()
            yield
            await asyncio.sleep(PACE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await hint.wait()
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(url: str, hint: asyncio.Event, log: Any) -> None:
    """Until cancelled; connects again whenever the connection is lost."""
    while True:
        try:
            async with await async_connect(url, name="api-listen") as connection:
                await connection.execute("LISTEN travellr_log")
                hint.set()
                async for _ in connection.notifies():
                    hint.set()
        except psycopg.Error as error:
            log.warning("listen_reconnects", error=str(error))
        await asyncio.sleep(POLL_S)
