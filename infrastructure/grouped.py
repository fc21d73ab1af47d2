"""Questions that come at the same moment, asked together: one query answers all that came while the last ones ran."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

QUESTIONS_MAX: Final = 500
# A query costs as much as some questions in it, so fewer are not shared out.
SHARED_OUT_MIN: Final = 16


class Grouped(Generic[Q, A]):
    """Lives in one event loop. A lonely question waits for nobody, and the more are asked the cheaper each becomes.

    An answer is never older than its question: whoever comes while a query runs is answered by a later one.
    """

    def __init__(self, ask: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, queries: int = 1) -> None:
        """`ask` answers questions in their order; what it raises is raised to everybody who was in that group.

        `queries` run at once at most: with two PostgreSQL is busy with one group while another is thought about here.
        """
        self._ask = ask
        self._queries_max = queries
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._askers = 0
        self._queries = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, question: Q) -> A:
        answered: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answered))
        if self._askers < self._queries_max:
            self._askers += 1
            task = asyncio.create_task(self._ask_until_none_waits())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answered

    async def _ask_until_none_waits(self) -> None:
        """It stops counting itself in the same moment in which it finds that none waits: a question that came between
        the two would be counted on by nobody, and wait for ever. When the task is done is already too late for that.
        """
        try:
            while self._waiting:
                await self._answer(self._next_group())
        finally:
            self._askers -= 1

    def _next_group(self) -> list[tuple[Q, asyncio.Future[A]]]:
        """A fair share of what waits for those who may still ask, unless that is too little for a query."""
        fair = -(-len(self._waiting) // (self._queries_max - self._queries))
        share = min(max(fair, SHARED_OUT_MIN), QUESTIONS_MAX)
        group, self._waiting = self._waiting[:share], self._waiting[share:]
        return group

    async def _answer(self, group: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        self._queries += 1
        try:
            answers = await self._ask([question for question, _ in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to everybody who asked
            for _, answered in group:
                if not answered.done():
                    answered.set_exception(error)
        else:
            for (_, answered), answer in zip(group, answers, strict=True):
                if not answered.done():
                    answered.set_result(answer)
        finally:
            self._queries -= 1
