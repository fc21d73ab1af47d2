"""The only door to the eventsourcing library inside the domain: what an aggregate and an event are here.

An aggregate decides in its methods and changes state only in the `apply` of its events, so that replaying an old
stream never runs a newer rule (ADR 0002).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, dataclass_transform
from uuid import UUID

from eventsourcing.domain import BaseAggregate, CanInitAggregate, CanMutateAggregate, DomainEvent, MetaDomainEvent
from eventsourcing.utils import resolve_topic


@dataclass_transform(frozen_default=True, kw_only_default=True)
class EventType(MetaDomainEvent):
    """Makes every event class a frozen dataclass, and lets type checkers know."""


class Event(CanMutateAggregate[UUID], DomainEvent, metaclass=EventType):
    """A fact that happened to an aggregate. `TOPIC` is its stored name, for ever."""

    TOPIC: ClassVar[str]


class FirstEvent(CanInitAggregate[UUID], Event):
    """The fact that begins an aggregate."""

    originator_topic: str

    def mutate(self, aggregate: Any) -> Any:
        """A new aggregate. The library looks first which facts its `__init__` wants: ours wants none."""
        assert aggregate is None
        kind: Any = resolve_topic(self.originator_topic)
        begun = kind.__new__(kind)
        begun.__base_init__(self.originator_id, self.originator_version, self.timestamp)
        begun.__init__()
        self.apply(begun)
        return begun


_EventOfAnyAggregate = Event


class Root(BaseAggregate[UUID]):
    """An aggregate: state folded from the events of one stream."""

    TOPIC: ClassVar[str]

    class Event(_EventOfAnyAggregate):
        """The library asks every aggregate for a base of its events; ours is the module's `Event`."""

        TOPIC = ""

    @classmethod
    def begin(cls, event_class: type[FirstEvent], *, stream_id: UUID, now: datetime, **facts: Any) -> Self:
        return cls._create(event_class, id=stream_id, timestamp=now, **facts)

    def record(self, event_class: type[_EventOfAnyAggregate], *, now: datetime, **facts: Any) -> None:
        self.trigger_event(event_class, timestamp=now, **facts)


def replay(events: Iterable[Event]) -> Root | None:
    """The state of one stream after these events, in stream order; None for no events."""
    aggregate: Root | None = None
    for event in events:
        aggregate = event.mutate(aggregate)
    return aggregate
