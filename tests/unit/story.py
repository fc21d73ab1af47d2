"""`given(facts...).when(command, by=actor, at=instant).then(events... | refusal)`: how every decision is specified.

The commands go through the real `dispatch`, onto a log kept in memory; what they wrote is read back through the real
transcoder before it is compared.
"""

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from commands.append import Append, Fence, Meta
from commands.dispatch import Done, Reply, dispatch
from domain.actor import SYSTEM, Actor
from domain.policy import Policy
from domain.refusal import Refusal
from domain.root import Event, Root, replay
from tests.unit.memory_log import MemoryLog

R = TypeVar("R")
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def finished(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run what never really waits: the log is in memory."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # typeshed says Any; it is what the coroutine returned
    raise AssertionError("It waited for something.")


@dataclass(frozen=True)
class Step:
    """A command that was carried out before the story begins; `at` None is the time of the step before."""

    command: Any
    by: Actor = SYSTEM
    at: datetime | None = None


@dataclass(frozen=True)
class Fact:
    """An event of this class with at least these fields."""

    kind: type[Event]
    fields: dict[str, Any]


def fact(kind: type[Event], **fields: Any) -> Fact:
    return Fact(kind, fields)


Given = Step | Event | Iterable["Given"]


def given(*facts: Given, policy: Policy | None = None) -> "Story":
    story = Story(policy or Policy())
    story.tell(facts)
    return story


class Story:
    """What has happened, and what the last command did: `new` events, or a `refusal`."""

    def __init__(self, policy: Policy) -> None:
        self.log = MemoryLog(T0)
        self.policy = policy
        self.new: list[Event] = []
        self.refusal: Exception | None = None
        self.done: Done | None = None

    def tell(self, fact: Given) -> None:
        match fact:
            case Step():
                self.do(fact)
            case Event():
                finished(self.log.commit(Append((fact,), Meta(SYSTEM, "given", "test"))))
            case _:
                for part in fact:
                    self.tell(part)

    def do(self, step: Step, *, reply: Reply | None = None, fence: Fence | None = None) -> Done:
        self.log.now = step.at or self.log.now
        meta = Meta(step.by, type(step.command).__name__, "test")
        return finished(dispatch(step.command, log=self.log, policy=self.policy, meta=meta, reply=reply, fence=fence))

    def when(
        self,
        command: Any,
        *,
        by: Actor = SYSTEM,
        at: datetime | None = None,
        reply: Reply | None = None,
        fence: Fence | None = None,
        meanwhile: Step | None = None,
    ) -> "Story":
        """Carry out a command, while another one (`meanwhile`) is faster."""
        before = len(self.log.stored)
        self.done, self.refusal = None, None
        if meanwhile is not None:
            self.log.before_commit = lambda: self.tell(meanwhile)
        try:
            self.done = self.do(Step(command, by, at), reply=reply, fence=fence)
        except Refusal as refusal:
            self.refusal = refusal
        self.new = self.log.events_after(before)
        return self

    def then(self, *expected: type[Event] | Fact | type[Refusal]) -> "Story":
        """Exactly these events happened, in this order; or it was refused, and nothing happened."""
        match expected:
            case (type() as refusal,) if issubclass(refusal, Refusal):
                assert type(self.refusal) is refusal, (self.refusal, self.new)
                assert self.new == []
            case _:
                assert self.refusal is None, repr(self.refusal)
                facts = [item if isinstance(item, Fact) else Fact(_event(item), {}) for item in expected]
                assert [type(event).__qualname__ for event in self.new] == [f.kind.__qualname__ for f in facts]
                for event, wanted in zip(self.new, facts, strict=True):
                    assert {name: getattr(event, name) for name in wanted.fields} == wanted.fields
        return self

    def then_nothing(self) -> "Story":
        """It was not refused and nothing happened: it is so already."""
        return self.then()

    def then_answer(self, *, status: int, body: bytes, replayed: bool) -> "Story":
        """What the client is told, and whether it had been told so before."""
        assert self.done is not None, repr(self.refusal)
        assert self.done.answer is not None
        assert (self.done.answer.status, self.done.answer.body) == (status, body)
        assert self.done.replayed is replayed
        return self

    def then_capacity(self, *, held: int, sold: int) -> "Story":
        """Over all cells: nothing is held or sold besides this."""
        rooms = self.log.capacity.rooms.values()
        assert (sum(room.held for room in rooms), sum(room.sold for room in rooms)) == (held, sold)
        return self

    def state(self, kind: type[R], stream_id: UUID) -> R:
        """The aggregate of this stream as it stands now, for what an event does not show."""
        aggregate: Root | None = replay(self.log.stream(stream_id))
        assert isinstance(aggregate, kind)
        return aggregate


def _event(item: type) -> type[Event]:
    assert issubclass(item, Event), item
    return item
