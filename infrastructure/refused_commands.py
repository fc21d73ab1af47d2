"""Refused commands on their way into the log: noted at once, written a little later and a few at a time (ADR 0028).

Nobody waits for it, and nobody can flood the log by it: of one account so many a second are told one by one, the rest
of that second as one event for each command and reason.
"""

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from commands.append import Busy, IdempotencyMismatch, Meta, OutcomeUnknown, Overloaded
from commands.record_refusal import RecordRefusal, things_of
from commands.register_account import RegisterAccount
from domain.actor import Actor
from domain.refusal import Refusal
from infrastructure.new_id import new_id

SINGLY_MAX: Final = 20
WAITING_MAX: Final = 10_000
SUMMARIES_MAX: Final = 1_000
BATCH_MAX: Final = 50
GATHER_S: Final = 0.05
AGAIN_S: Final = 1.0
FLUSH_S: Final = 5.0
# The log could not be reached, or not in time: what it refused to hear is said again.
_AWAY: Final = (psycopg.OperationalError, PoolTimeout, OutcomeUnknown, Overloaded, Busy)
# No rule was asked: others were faster, or the request was another one than its key says.
_NO_RULE: Final = (Busy, IdempotencyMismatch)

Record = Callable[[RecordRefusal, Meta], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Noted:
    record: RecordRefusal
    meta: Meta


@dataclass(slots=True)
class Counts:
    """Since the process began: refusals with an event of their own, in an event for many, and in none."""

    singly: int = 0
    together: int = 0
    dropped: int = 0


class RefusedCommands:
    """Lives in one event loop. `record` writes one into the log."""

    def __init__(self, record: Record, clock: Callable[[], float] = time.monotonic) -> None:
        self.counts = Counts()
        self._record = record
        self._clock = clock
        self._waiting: deque[_Noted] = deque()
        self._second = 0
        self._told: Counter[Actor] = Counter()
        self._rest: dict[tuple[Actor, str, str], _Noted] = {}
        self._untold = 0
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def note(self, command: Any, refusal: Refusal, meta: Meta) -> None:
        """Remember it, if a rule refused somebody who is known. Takes microseconds."""
        is_known = meta.by.is_system or (meta.by.account_id is not None and not isinstance(command, RegisterAccount))
        if isinstance(refusal, _NO_RULE) or not is_known:
            return
        self._turn_the_second()
        if self._told[meta.by] < SINGLY_MAX:
            self._told[meta.by] += 1
            self._queue(_noted(command, refusal, meta, things_of(command)))
        else:
            self._add_to_the_rest(command, refusal, meta)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def settled(self) -> None:
        """Until nothing waits to be written."""
        while self._writing is not None:
            await asyncio.shield(self._writing)

    async def close(self) -> None:
        """Write what waits; what cannot be written in FLUSH_S seconds is lost, and counted."""
        self._hurry.set()
        if self._writing is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._writing, FLUSH_S)
        self.counts.dropped += sum(noted.record.times for noted in (*self._waiting, *self._rest.values()))
        self._waiting.clear()

    def _turn_the_second(self) -> None:
        """A new second begins: what was too much for the one before is told in a few events."""
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._told.clear()
            rest, self._rest = self._rest, {}
            for noted in rest.values():
                self._queue(noted)

    def _queue(self, noted: _Noted) -> None:
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(noted)
        else:
            self._drop(noted.record.times)

    def _add_to_the_rest(self, command: Any, refusal: Refusal, meta: Meta) -> None:
        alike = (meta.by, type(command).__name__, refusal.code)
        if alike in self._rest:
            noted = self._rest[alike]
            self._rest[alike] = replace(noted, record=replace(noted.record, times=noted.record.times + 1))
        elif len(self._rest) < SUMMARIES_MAX:
            self._rest[alike] = _noted(command, refusal, meta, {})
        else:
            self._drop(1)

    def _drop(self, times: int) -> None:
        self._untold += times
        self.counts.dropped += times

    async def _write(self) -> None:
        try:
            while self._waiting or self._rest:
                await self._pause(GATHER_S)
                if self._hurry.is_set():
                    self._second = -1
                self._turn_the_second()
                if not await self._write_some():
                    await self._pause(AGAIN_S)
        finally:
            self._writing = None

    async def _pause(self, seconds: float) -> None:
        """Others come before these; but not for long once the process is to end."""
        if self._hurry.is_set():
            await asyncio.sleep(GATHER_S if seconds == AGAIN_S else 0)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)

    async def _write_some(self) -> bool:
        """The oldest of them; False if some could not be written, and wait again at the front."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
        if batch and self._untold:
            batch[0] = replace(batch[0], record=replace(batch[0].record, dropped=self._untold))
            self._untold = 0
        answers = await asyncio.gather(
            *(self._record(noted.record, noted.meta) for noted in batch), return_exceptions=True
        )
        away = []
        for noted, answer in zip(batch, answers, strict=True):
            if isinstance(answer, _AWAY):
                away.append(noted)
            elif isinstance(answer, BaseException):
                self._drop(noted.record.times)
            elif noted.record.times == 1:
                self.counts.singly += 1
            else:
                self.counts.together += noted.record.times
        self._waiting.extendleft(reversed(away))
        return not away


def _noted(command: Any, refusal: Refusal, meta: Meta, things: dict[str, UUID]) -> _Noted:
    return _Noted(RecordRefusal(new_id(), type(command).__name__, refusal.code, things), meta)
