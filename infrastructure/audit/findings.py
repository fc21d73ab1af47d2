"""What is wrong with a log, and which of the ways to tamper with one explains an event that is not the sealed one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from infrastructure.audit.canonical import Stored, leaf_hash
from infrastructure.audit.merkle import HASH_BYTES

# Clocks are set back now and then; a shorter step than this is no sign of tampering.
CLOCK_TOLERANCE_US: Final = 5_000_000

Kind = Literal[
    "changed",
    "deleted",
    "inserted",
    "swapped",
    "cut_tail",
    "back_dated",
    "rewritten",
    "seal_damaged",
    "head_forged",
    "head_missing",
    "head_replaced",
    "version_gap",
    "unknown_topic",
]


@dataclass(frozen=True, slots=True)
class Found:
    """`position` is the first that is bad; the first bad one is not behind `upto` where only a range is known."""

    position: int
    kind: Kind
    what: str
    upto: int | None = None

    @property
    def is_of_a_head(self) -> bool:
        """Not of an event: its position says only for how many events the head is."""
        return self.kind.startswith("head_")

    def __str__(self) -> str:
        where = f"position {self.position}" if self.upto in {None, self.position} else f"{self.position} to {self.upto}"
        return f"{where}: {self.kind.replace('_', ' ')}: {self.what}"


@dataclass(frozen=True, slots=True)
class Suspect:
    """The event that stands where another was sealed; None where nothing stands, and the one before and after it."""

    position: int
    event: Stored | None
    before: Stored | None
    after: Stored | None


Sealed = Callable[[int], bytes | None]  # The leaf that was sealed at a position.
EventAt = Callable[[int], Stored | None]


def explain(suspect: Suspect, sealed: Sealed, event_at: EventAt, upto: int, leaves: Callable[[], bytes]) -> Found:
    """What most probably happened. `leaves` are all sealed leaves up to `upto`: read only if they are needed."""
    at, event = suspect.position, suspect.event
    if event is not None:
        was_at = _where_it_was(event, leaves())
        return _new_here(suspect, event, sealed) if was_at is None else _moved(at, event, was_at, sealed, event_at)
    if suspect.after is None:
        return Found(at, "cut_tail", f"the log ends here and was sealed up to {upto}")
    return Found(at, "deleted", f"no event; the next one has position {suspect.after.position}")


def _moved(at: int, event: Stored, was_at: int, sealed: Sealed, event_at: EventAt) -> Found:
    other = event_at(was_at)
    if other is not None and leaf_hash(other, at) == sealed(at):
        return Found(at, "swapped", f"its event stands at {was_at}, and the one of {was_at} stands here")
    return Found(at, "deleted", f"{_named(event)} stands here, which was sealed at {was_at}")


def _new_here(suspect: Suspect, event: Stored, sealed: Sealed) -> Found:
    at = suspect.position
    if suspect.after is not None and leaf_hash(suspect.after, at) == sealed(at):
        return Found(at, "inserted", f"{_named(event)} was put before the event that was sealed here")
    if suspect.before is not None and event.recorded_at_us < suspect.before.recorded_at_us - CLOCK_TOLERANCE_US:
        return Found(
            at, "back_dated", f"{_named(event)} says it was recorded {event.recorded_at}, before the one before"
        )
    return Found(at, "changed", f"{_named(event)} is not what was sealed")


def _where_it_was(event: Stored, leaves: bytes) -> int | None:
    """The position at which exactly this event was sealed."""
    for number in range(len(leaves) // HASH_BYTES):
        if leaf_hash(event, number + 1) == leaves[number * HASH_BYTES : (number + 1) * HASH_BYTES]:
            return number + 1
    return None


def _named(event: Stored) -> str:
    return f"{event.topic}, version {event.version} of {event.stream_id},"
