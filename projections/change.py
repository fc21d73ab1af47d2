"""Changes of rows, as values: what a projection returns, folded and written as sets by the follower's runner.

Structs and not dataclasses, because a catching-up follower makes hundreds of thousands of them a second.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from domain.root import Event

Key = Mapping[str, Any]
Values = Mapping[str, Any]


class Put(msgspec.Struct, frozen=True):
    """The row of this key has these values; it is made if missing."""

    table: str
    key: Key
    values: Values


class Set(msgspec.Struct, frozen=True):
    """The existing row of this key gets these values."""

    table: str
    key: Key
    values: Values


class Add(msgspec.Struct, frozen=True):
    """These amounts are added to numeric columns of the row; it is made with them if missing and `makes_row`."""

    table: str
    key: Key
    amounts: Mapping[str, int]
    makes_row: bool = False


class Once(msgspec.Struct, frozen=True):
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
