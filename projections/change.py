"""Changes of rows, as values: what a projection returns, folded and written as sets by the follower's runner.

Structs and not dataclasses, because a catching-up follower makes hundreds of thousands of them a second.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

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


class By(msgspec.Struct, frozen=True):
    account_id: UUID | None


class Stored(msgspec.Struct, frozen=True):
    """What the metadata of an event say about who made it, in which request and because of what."""

    by: By
    correlation_id: str
    causation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """A follower of the log: a name, the events it wants, and what each of them does to rows.

    With `by_metadata` it is of no events but of what is written beside every one of them, whatever its topic.
    """

    name: str
    events: tuple[type[Event], ...]
    project: Callable[[Event, int], Iterator[Change]]
    tables: tuple[str, ...]
    by_metadata: Callable[[Stored, int], Iterator[Change]] | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(event.TOPIC for event in self.events)
