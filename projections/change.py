"""Changes of rows, as values: what a projection returns, folded and written as sets by the follower's runner."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.root import Event

Key = Mapping[str, Any]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Put:
    """The row of this key has these values; it is made if missing."""

    table: str
    key: Key
    values: Values


@dataclass(frozen=True, slots=True)
class Set:
    """The existing row of this key gets these values."""

    table: str
    key: Key
    values: Values


@dataclass(frozen=True, slots=True)
class Add:
    """These amounts are added to numeric columns of the row; it is made with them if missing and `makes_row`."""

    table: str
    key: Key
    amounts: Mapping[str, int]
    makes_row: bool = False


@dataclass(frozen=True, slots=True)
class Once:
    """The row of this key is made with these values; one that exists is left as it is."""

    table: str
    key: Key
    values: Values


Change = Put | Set | Add | Once


@dataclass(frozen=True, slots=True)
class Projection:
    """A follower of the log: a name, the events it wants, and what each of them does to rows."""

    name: str
    events: tuple[type[Event], ...]
    project: Callable[[Event, int], Iterator[Change]]
    tables: tuple[str, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(event.TOPIC for event in self.events)
