"""Answers that are made ahead of those who take them: whole, in order, and let go of when nobody takes them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from api.ahead import ahead

pytestmark = pytest.mark.anyio

PIECES = [bytes([n]) * 70_000 for n in range(40)]


class Made:
    """Pieces as a database gives them, and what has become of whoever gives them."""

    def __init__(self, *, breaks_after: int | None = None) -> None:
        self.given = 0
        self.closed = asyncio.Event()
        self._breaks_after = breaks_after

    async def pieces(self) -> AsyncGenerator[bytes]:
        try:
            for piece in PIECES:
                await asyncio.sleep(0)
                if self.given == self._breaks_after:
                    raise ConnectionError
                self.given += 1
                yield piece
        finally:
            self.closed.set()


async def test_what_is_taken_is_what_is_made() -> None:
    assert b"".join([piece async for piece in ahead(Made().pieces())]) == b"".join(PIECES)


async def test_nothing_at_all_is_nothing_at_all() -> None:
    async def nothing() -> AsyncGenerator[bytes]:
        for piece in list[bytes]():
            yield piece

    assert [piece async for piece in ahead(nothing())] == []


async def test_all_of_it_is_made_although_only_the_first_is_taken() -> None:
    made = Made()
    async with asyncio.timeout(5), aclosing(ahead(made.pieces())) as taken:
        await anext(taken)
        await made.closed.wait()
        assert made.given == len(PIECES)
        assert [piece async for piece in taken]


async def test_when_nobody_takes_it_any_more_it_is_not_made_any_more() -> None:
    made = Made()
    async with asyncio.timeout(5):
        async with aclosing(ahead(made.pieces())) as taken:
            await anext(taken)
        await made.closed.wait()
    assert made.given < len(PIECES)


async def test_half_of_it_is_not_taken_for_the_whole() -> None:
    taken = ahead(Made(breaks_after=3).pieces())
    for piece in PIECES[:3]:
        assert await taken_of(taken, len(piece)) == piece
    with pytest.raises(ConnectionError):
        await anext(taken)


async def taken_of(taken: AsyncGenerator[bytes], size: int) -> bytes:
    """So many bytes, in whatever parts they come."""
    found = b""
    while len(found) < size:
        found += await anext(taken)
    return found
