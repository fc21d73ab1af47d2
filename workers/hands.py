"""What an actor works with: the log through its blocking face, Stripe, and the task it holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import stripe

from commands.append import Fence, Meta
from commands.dispatch import Done
from domain.actor import SYSTEM
from domain.root import Root, replay
from infrastructure.blocking import LoopThread
from infrastructure.container import Container
from infrastructure.stripe_client import is_replayed, may_have_arrived
from infrastructure.stripe_gateway import StripeGateway
from workers.board import Leased, Pool
from workers.turns import Turns

A = TypeVar("A", bound=Root)
F = TypeVar("F")

# Stripe forgets idempotency keys after 24 hours at the earliest; what was sent before that is looked up instead.
KEY_GOOD_FOR: Final = timedelta(hours=23)
KEYS_MAX: Final = 100


class NotYet(Exception):  # noqa: N818 - not an error: the world needs more time
    """Nothing went wrong, but it is not over; look again after so many seconds, or (None) as its age suggests."""

    def __init__(self, after_s: float | None, why: str) -> None:
        super().__init__(why)
        self.after_s = after_s
        self.why = why


@dataclass(frozen=True, slots=True)
class Hands:
    container: Container
    loop: LoopThread
    stripe: StripeGateway
    pool: Pool
    return_url: str
    turns: Turns = field(default_factory=Turns)

    def record(self, task: Leased, command: Any, *, closes: bool = True) -> Done:
        """Record what came back. In the same transaction the fence is checked and, if it `closes`, the task closed."""
        meta = Meta(SYSTEM, type(command).__name__, str(task.task_id), causation_id=str(task.task_id))
        fence = Fence(task.task_id, task.fence, closes)
        return self.loop.run(self.container.dispatch(command, meta=meta, fence=fence))

    def dispatch(self, command: Any, *, because: str) -> Done:
        """A command of the system's own, outside any task."""
        meta = Meta(SYSTEM, type(command).__name__, because, causation_id=because)
        return self.loop.run(self.container.dispatch(command, meta=meta))

    def load(self, kind: type[A], stream_id: UUID) -> A:
        aggregate = self.find(kind, stream_id)
        assert aggregate is not None, (kind, stream_id)
        return aggregate

    def find(self, kind: type[A], stream_id: UUID) -> A | None:
        """None if our log does not know it: Stripe may have what belongs to another house, or to a log that was lost.

        Whose it is, people find out: its money stands in the reconciliation until they have.
        """
        aggregate = replay(self.loop.run(self.container.log.read((stream_id,))).events[stream_id])
        return aggregate if isinstance(aggregate, kind) else None

    def database_now(self) -> datetime:
        with self.pool.connection() as connection:
            row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        now: datetime = row[0]
        return now

    def sent(self, task: Leased, send: Callable[[], F], *, no_answer: Any) -> F:
        """What Stripe answers. If it may have heard and does not say, `no_answer` is recorded before anything else."""
        try:
            return send()
        except stripe.StripeError as error:
            if may_have_arrived(error):
                self.record(task, no_answer, closes=False)
            raise

    def sent_once(self, task: Leased, look_up: Callable[[], F | None], send: Callable[[str], F]) -> F:
        """What was sent to Stripe, or is sent now, exactly once.

        A first attempt sends. A later one does not know whether the one before reached Stripe: it looks before it sends
        again, with the same key, and never sends once the key may have been forgotten.

        Stripe keeps errors under a key as well, even its own failures (research, fact 8). A key whose kept answer is an
        error is used up: if nothing is found that came of it, the next key is tried.
        """
        if task.attempt > 1:
            found = look_up()
            if found is not None:
                return found
            if self.database_now() - task.created_at > KEY_GOOD_FOR:
                raise TooOld
        for number in range(1, KEYS_MAX + 1):
            try:
                return send(f"{task.kind}:{task.task_id}" + (f":{number}" if number > 1 else ""))
            except stripe.StripeError as error:
                if not is_replayed(error) or number == KEYS_MAX:
                    raise
            found = look_up()
            if found is not None:
                return found
        raise AssertionError


class TooOld(Exception):  # noqa: N818 - a person decides
    """Its idempotency key may have been forgotten by Stripe and it was not found there: a person must decide."""
