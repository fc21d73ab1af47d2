"""An aggregate as it was: its state folded from the events up to a position, and what changed between two of them."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from domain.root import Root
from infrastructure.event_codec import decode
from queries.events import EventRow

SEALED: Final = "(sealed)"
# The texts for a bank, which a dispute keeps as ciphertext under a name of its own.
_CIPHERTEXTS: Final = frozenset({"sealed", "evidence"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the state, before and after, and the positions of the events that changed it."""

    field: str
    before: Any
    after: Any
    positions: tuple[int, ...]


def without_sealed(fields: Any) -> Any:
    """The same without any ciphertext of personal data: it is nobody's business, and its fields are named so."""
    if isinstance(fields, dict):
        return {name: SEALED if _is_sealed(name) else without_sealed(value) for name, value in fields.items()}
    return [without_sealed(one) for one in fields] if isinstance(fields, list) else fields


def states(rows: Sequence[EventRow]) -> Iterator[tuple[EventRow, Root]]:
    """Each event of one stream, with the aggregate after it: one object that goes on changing."""
    aggregate: Any = None
    for row in rows:
        aggregate = decode(row.stream, row.version, row.topic, row.state).mutate(aggregate)
        yield row, aggregate


def state_after(rows: Sequence[EventRow]) -> Root | None:
    """The aggregate after all these events of its stream; None if there are none."""
    last = deque(states(rows), maxlen=1)
    return last[0][1] if last else None


def shown_state(aggregate: Root) -> dict[str, Any]:
    """Every field of its state as JSON has it. Ciphertext is not shown, nor what only the library keeps."""
    fields = {name: value for name, value in vars(aggregate).items() if not name.startswith("_")}
    shown: dict[str, Any] = without_sealed(msgspec.to_builtins(fields, str_keys=True, enc_hook=_encoded))
    return shown


def changes_behind(rows: Sequence[EventRow], position: int) -> list[FieldChange]:
    """What the events behind `position` changed, field by field; a change that was taken back is not one."""
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    touched: dict[str, list[int]] = {}
    for row, aggregate in states(rows):
        now = shown_state(aggregate)
        if row.position <= position:
            first = last = now
            continue
        for name, value in now.items():
            if last.get(name) != value:
                touched.setdefault(name, []).append(row.position)
        last = now
    return [
        FieldChange(name, first.get(name), last.get(name), tuple(positions))
        for name, positions in touched.items()
        if first.get(name) != last.get(name)
    ]


def kind_of(row: EventRow) -> str:
    """The kind of aggregate whose stream this event is in."""
    return row.topic.partition(".")[0]


def _is_sealed(name: str) -> bool:
    return name in _CIPHERTEXTS or name.endswith("_sealed")


def _encoded(value: Any) -> Any:
    if isinstance(value, Root):
        return shown_state(value)
    raise NotImplementedError(type(value))
