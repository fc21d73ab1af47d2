"""Answers that are made as fast as we can and sent as fast as they are taken: what is made and not sent is in a file.

Whoever reads slowly costs space on disk, and never one of the few connections to the database.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator
from typing import IO, Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_CHUNK: Final = 1 << 16


async def ahead(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The same bytes; `pieces` is read to its end however slowly they are taken, unless nobody takes them any more."""
    with tempfile.TemporaryFile(prefix="travellr-download-", buffering=0) as file:
        made = _Made(file)
        making = asyncio.create_task(made.make(pieces))
        try:
            sent = 0
            while True:
                made.more.clear()
                while piece := os.pread(file.fileno(), _CHUNK, sent):
                    sent += len(piece)
                    yield piece
                if making.done():
                    break
                await made.more.wait()
            await making  # It raises what making raised: half a file must not look like a whole one.
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)


class _Made:
    """What is made so far. It is written to the page cache, which takes less time than asking a thread to do it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.more = asyncio.Event()

    async def make(self, pieces: AsyncGenerator[bytes]) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: self.more.set())
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                self._file.write(piece)
                self.more.set()


class Download(StreamingResponse):
    """Lets go of what its bytes are made of as soon as it ends, however it does."""

    def __init__(self, pieces: AsyncGenerator[bytes], headers: dict[str, str], media_type: str) -> None:
        super().__init__(pieces, 200, headers, media_type)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._pieces.aclose()
