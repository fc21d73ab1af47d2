"""Closed loops: so many writers, each beginning its next append when the last one is answered."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor


async def tasks_per_s(act: Callable[[int], Awaitable[object]], writers: int, seconds: float) -> float:
    """How often `act(writer)` ended in a second, by so many asyncio tasks at once."""
    begun = time.perf_counter()

    async def write(writer: int) -> int:
        done = 0
        while time.perf_counter() - begun < seconds:
            await act(writer)
            done += 1
        return done

    counts = await asyncio.gather(*(write(writer) for writer in range(writers)))
    return sum(counts) / (time.perf_counter() - begun)


def threads_per_s(act: Callable[[int], object], writers: int, seconds: float) -> float:
    """How often `act(writer)` ended in a second, by so many threads at once."""
    together = threading.Barrier(writers + 1)

    def write(writer: int) -> int:
        done = 0
        together.wait()
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds:
            act(writer)
            done += 1
        return done

    with ThreadPoolExecutor(writers) as pool:
        running = [pool.submit(write, writer) for writer in range(writers)]
        together.wait()
        begun = time.perf_counter()
        done = sum(future.result() for future in running)
        return done / (time.perf_counter() - begun)
