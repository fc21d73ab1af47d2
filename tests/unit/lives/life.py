"""A life: examples of every state of one kind of thing, and everything that can be asked; tabulated by doing it all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.append import Busy
from domain.actor import SYSTEM, Actor
from domain.policy import Policy
from domain.root import Root, replay
from infrastructure.states_document import NOT_YET, Matrix, Outcome
from tests.unit.memory_log import MemoryLog
from tests.unit.story import Given, Story, given

StateOf = Callable[[Any], str]


@dataclass(frozen=True)
class Ask:
    """A command, or what makes one of the story so far; asked `at` that time, if it has not gone by.

    `words` tell it from other asks of the same command; `before` are steps that it needs. What `begins` a thing is
    asked only where there is none.
    """

    command: Any
    by: Actor = SYSTEM
    words: str = ""
    at: datetime | None = None
    begins: bool = False
    before: tuple[Given, ...] = ()


@dataclass(frozen=True)
class Life:
    """`examples` are the stories by the state they lead to; `before` them there is nothing yet."""

    title: str
    about: str
    kind: type[Root]
    stream_id: UUID
    state_of: StateOf
    before: Given
    examples: dict[str, Given]
    asks: tuple[Ask, ...]
    policy: Policy = field(default_factory=Policy)

    @property
    def states(self) -> tuple[str, ...]:
        return (NOT_YET, *self.examples)

    def told(self) -> dict[str, Story]:
        """Every state, told from the beginning."""
        stories = {state: given(self.before, facts, policy=self.policy) for state, facts in self.examples.items()}
        return {NOT_YET: given(self.before, policy=self.policy), **stories}

    def state_in(self, story: Story) -> str:
        thing = replay(story.log.stream(self.stream_id))
        return self.state_of(thing) if isinstance(thing, self.kind) else NOT_YET


@dataclass(frozen=True)
class Asked:
    """One command in one state, and how the story stands after it."""

    command: str
    state: str
    outcome: Outcome
    story: Story


def ask_everything(life: Life) -> list[Asked]:
    """Every command in every state, each in a story of its own; whatever is no refusal is raised."""
    stories = life.told()
    return [
        _ask(life, ask, state, fork(story))
        for ask in life.asks
        for state, story in stories.items()
        if not ask.begins or state == NOT_YET
    ]


def matrix_of(life: Life, asked: Iterable[Asked]) -> Matrix:
    return Matrix(life.title, life.about, life.states, {(a.command, a.state): a.outcome for a in asked})


def fork(story: Story) -> Story:
    """The same story so far, to be told on in another way."""
    log = story.log
    twin = Story(story.policy)
    twin.log = MemoryLog(log.now, list(log.stored), log.capacity.copy(), identities=dict(log.identities))
    return twin


def _ask(life: Life, ask: Ask, state: str, story: Story) -> Asked:
    if ask.begins or state != NOT_YET:
        story.tell(ask.before)
    before = life.state_in(story)
    command = ask.command(story) if callable(ask.command) else ask.command
    name = f"{type(command).__name__}{': ' if ask.words else ''}{ask.words}"
    try:
        story.when(command, by=ask.by, at=max(story.log.now, ask.at or story.log.now))
    except Exception as error:
        error.add_note(f"{life.title}: {name} when {state}")
        raise
    after = life.state_in(story)
    if story.refusal is not None:
        assert not isinstance(story.refusal, Busy), f"{life.title}: {name} when {state} is never answered"
        outcome = Outcome("refused", getattr(story.refusal, "code", ""))
    elif after != before:
        outcome = Outcome("moves", after)
    else:
        outcome = Outcome("done" if story.new else "nothing")
    return Asked(name, state, outcome, story)
