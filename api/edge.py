"""What endpoints are given: the container, and what only the door needs beside it."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from api.by_id import ById
from api.hearing import Hearing
from api.metrics import Metrics
from api.watching import Watching
from api.webhook_secrets import WebhookSecrets
from infrastructure.cache.kept_answers import KeptAnswers
from infrastructure.container import Container
from infrastructure.limits import Limits
from infrastructure.sessions import Sessions
from infrastructure.tokens import Tokens
from queries.bookings import BookingRow

T = TypeVar("T")


class Slowly:
    """Password hashes take a quarter of a second of one core each: in threads, and never more at once than cores."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(max(1, os.cpu_count() or 1))

    async def run(self, work: Callable[[], T]) -> T:
        async with self._free:
            return await asyncio.to_thread(work)


@dataclass(frozen=True, slots=True)
class Edge:
    house: Container
    sessions: Sessions
    tokens: Tokens
    slowly: Slowly
    limits: Limits
    webhook_secrets: WebhookSecrets
    bookings: ById[BookingRow]
    watching: Watching
    hearing: Hearing
    answers: KeptAnswers
    metrics: Metrics
    log: Any


def edge_of(request: Request) -> Edge:
    edge = request.app.state.edge
    assert isinstance(edge, Edge)
    return edge


async def _edge(request: Request) -> Edge:
    """Asynchronous like every dependency: FastAPI sends any other to a thread and back, at each request."""
    return edge_of(request)


TheEdge = Annotated[Edge, Depends(_edge)]
