"""Tells us at once that this process is to end: uvicorn tells the application only when every answer has ended."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn


@contextmanager
def told_of_exit(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` in the running loop when uvicorn is told to end, before it waits. Without uvicorn nothing happens."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, before = asyncio.get_running_loop(), {}
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if callable(handler) and isinstance(getattr(handler, "__self__", None), uvicorn.Server):
            before[number] = handler
            signal.signal(number, _first(loop, tell, handler))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first(loop: asyncio.AbstractEventLoop, tell: Callable[[], None], handler: Callable[..., Any]) -> Any:
    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        handler(number, frame)

    return handle
