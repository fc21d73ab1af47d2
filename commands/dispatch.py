"""The one way every command is carried out: read, decide, append whole; decide again if someone was faster."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from commands.append import Answer, Busy, Fence, Idempotency, Meta, VersionConflict
from commands.handlers import HANDLERS
from commands.log import Log
from commands.record_payment import RecordPayment
from commands.work import Work
from domain.capacity import SoldOut
from domain.policy import Policy
from domain.refusal import Refusal

ATTEMPTS_MAX = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request with an idempotency key is answered, so that the answer can be kept with what it did."""

    idempotency: Idempotency
    success: Callable[[Any], Answer]
    refusal: Callable[[Refusal], Answer]


@dataclass(frozen=True, slots=True)
class Done:
    """`result` is what the handler returned, None for a replay; `answer` is set if there was a Reply to make."""

    result: Any
    position: int
    answer: Answer | None = None
    replayed: bool = False


async def dispatch(
    command: Any,
    *,
    log: Log,
    policy: Policy,
    meta: Meta,
    reply: Reply | None = None,
    fence: Fence | None = None,
) -> Done:
    """Carry out a command: read, decide, append whole; decide again if someone was faster.

    Raises the Refusal of the domain or the log (after keeping it for the idempotency key, if there is one), Busy when
    others were faster too often, StaleFence when the task was leased to another worker.
    """
    for _ in range(ATTEMPTS_MAX):
        work = Work(log, policy, meta)
        try:
            result = await HANDLERS[type(command)](command, work)
            answer = reply.success(result) if reply else None
            append = work.as_append(reply.idempotency if reply else None, answer, fence)
            if append.is_empty:
                return Done(result, work.head, answer)
            committed = await log.commit(append)
        except VersionConflict:
            continue
        except SoldOut:
            if isinstance(command, RecordPayment) and not command.capacity_lost:
                command = replace(command, capacity_lost=True)
                continue
            if reply is None:
                raise
            return await _refused(SoldOut(), log, meta, reply)
        except Refusal as refusal:
            if reply is None:
                raise
            return await _refused(refusal, log, meta, reply)
        if committed.replayed is not None:
            return Done(None, committed.position, committed.replayed, replayed=True)
        return Done(result, committed.position, answer)
    raise Busy


async def _refused(refusal: Refusal, log: Log, meta: Meta, reply: Reply) -> Done:
    """A refusal is an answer too: kept for the key, unless the key was answered before."""
    known = await log.known_answer(reply.idempotency)
    if known is None:
        empty = Work(log, Policy(), meta).as_append(reply.idempotency, reply.refusal(refusal), None)
        known = await log.commit(empty)
        if known.replayed is None:
            raise refusal
    return Done(None, known.position, known.replayed, replayed=True)
