"""Reads the whole log once and compares it with its seal: chain, tree, heads, positions, versions, topics, times.

Constant memory (events and heads are read in windows), nothing locked, nothing written: the system may be at work. What
was sealed when it began is checked; events behind that are only looked at for gaps, topics and times.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.audit.canonical import Stored
from infrastructure.audit.findings import CLOCK_TOLERANCE_US, Found, Suspect, explain
from infrastructure.audit.head_checks import Heads
from infrastructure.audit.heads import Head
from infrastructure.audit.kept import checkpoints, kept_hashes, kept_leaves, sealed_position
from infrastructure.audit.merkle import CHAIN_START, HASH_BYTES, LEVEL_HEIGHT, TILE, Strip, Tree, extend_chain
from infrastructure.audit.reading import Window, window, windows
from infrastructure.event_log import head_of

Database = Connection[TupleRow]
Told = Callable[[int, int], None]  # How far it is, and how far it goes.

# A whole number of tiles: kept strips never reach from one window into the next.
WINDOW: Final = 32 * TILE

# The first version that does not follow the one before it in its stream, at the place where it stands.
_VERSIONS: Final = """
    SELECT originator_id, originator_version, previous, notification_id FROM (
        SELECT originator_id, originator_version, notification_id,
               lag(originator_version, 1, 0::bigint)
                   OVER (PARTITION BY originator_id ORDER BY notification_id) AS previous
          FROM log.events_between(0, %s)) AS e
     WHERE originator_version <> previous + 1 ORDER BY notification_id LIMIT 1
"""


@dataclass(slots=True)
class Verdict:
    """`found` begins with the first bad position. `checked` events were read, `sealed` of them are under the seal.

    `heads` are those in the database.
    """

    found: list[Found] = field(default_factory=list)
    checked: int = 0
    sealed: int = 0
    heads: int = 0
    delivered_heads: int = 0
    signed: int = 0  # So many events are under a believed head.
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return not self.found


class _Stop(Exception):  # noqa: N818 - nothing behind it can be judged
    def __init__(self, found: Found) -> None:
        super().__init__(str(found))
        self.found = found


def verify(
    database: Database,
    believed: Mapping[str, bytes],
    topics: frozenset[str],
    *,
    delivered: Iterable[Head] = (),
    told: Told = lambda _at, _upto: None,
) -> Verdict:
    """Compare the log with its seal and with the heads that were delivered. It stops at the first event that is wrong.

    `believed` are public keys by kid, `topics` those that this version knows. `delivered` are in the order of their
    trees and gone through more than once.
    """
    begun = time.monotonic()
    heads = Heads(database, believed, delivered)
    # Asked for after the heads, so what they vouch for is read.
    sealed, head = sealed_position(database), head_of(database)
    trusted, stopped = heads.trusted(), list[Found]()
    walk = Walk(database, sealed, topics, trusted)
    end = max(head, sealed)
    try:
        for last, seen in windows(database, 0, end, WINDOW):
            walk.through(seen, last)
            told(last, end)
    except _Stop as stop:
        stopped.append(stop.found)
    # Heads for more than was walked over are judged as well.
    deque(trusted, maxlen=0)
    found = [*heads.forged, *heads.between_themselves(sealed), *stopped, *_versions(database, head)]
    return Verdict(
        sorted(found, key=lambda one: (one.is_of_a_head, one.position)),
        checked=walk.tree.size,
        sealed=sealed,
        heads=heads.kept_count,
        delivered_heads=heads.delivered_count,
        signed=walk.vouched,
        seconds=time.monotonic() - begun,
    )


class Walk:
    """From window to window; `vouched` events are under a head that agrees. `trusted` are by their trees' sizes."""

    def __init__(self, database: Database, sealed: int, topics: frozenset[str], trusted: Iterator[Head]) -> None:
        self.tree = Tree()
        self.vouched = 0
        self._chain = CHAIN_START
        self._newest_us = 0
        self._database = database
        self._sealed = sealed
        self._topics = topics
        self._trusted = trusted
        self._next = next(trusted, None)
        self._coming: deque[Head] = deque()  # Those of this window.

    def through(self, seen: Window, last: int) -> None:
        """Check a window that was asked for up to `last`. Raises _Stop at what is wrong first."""
        leaves = seen.leaves()
        wrong = [*self._out_of_place(seen, leaves, last), *self._unknown(seen), *self._back_dated(seen)]
        if wrong:
            raise _Stop(min(wrong, key=lambda found: found.position))
        upper: list[Strip] = []
        after = self.tree.size
        chains = checkpoints(self._database, after, min(last, self._sealed))
        for cut in sorted({*chains, *(head.tree_size for head in self._heads_up_to(last)), last}):
            part = leaves[self.tree.size - after : cut - after]
            upper += [strip for strip in self.tree.extend(part) if strip.level]
            self._chain = extend_chain(self._chain, part)
            if chains.get(cut, self._chain) != self._chain:
                raise _Stop(Found(cut, "seal_damaged", "the chain does not go on here as its events say"))
            self._agree(cut)
        self._compare(upper)

    def _out_of_place(self, seen: Window, leaves: list[bytes], last: int) -> Iterator[Found]:
        """The first event that is not the one that was sealed at its position, or is at none."""
        after = self.tree.size
        sealed = kept_leaves(self._database, after, min(last, self._sealed))
        kept = [sealed[at : at + HASH_BYTES] for at in range(0, len(sealed), HASH_BYTES)]
        if seen.positions() == list(range(after + 1, last + 1)) and kept == leaves[: max(0, self._sealed - after)]:
            return
        positions = seen.positions()
        for number, position in enumerate(range(after + 1, last + 1)):
            stands = number < len(positions) and positions[number] == position
            if position <= self._sealed and number >= len(kept):
                yield Found(position, "seal_damaged", "its kept hash is gone")
                return
            if not stands or (number < len(kept) and kept[number] != leaves[number]):
                yield self._explained(position, seen.event(number) if stands else None)
                return

    def _explained(self, position: int, event: Stored | None) -> Found:
        database, sealed = self._database, self._sealed
        suspect = Suspect(
            position, event, _event_at(database, position - 1), _next_event(database, position, head_of(database))
        )
        return explain(
            suspect,
            lambda at: kept_leaves(database, at - 1, at) or None,
            lambda at: _event_at(database, at),
            sealed,
            lambda: kept_leaves(database, 0, sealed),
        )

    def _unknown(self, seen: Window) -> Iterator[Found]:
        topics = seen.topics()
        if not self._topics.issuperset(topics):
            number = next(number for number, topic in enumerate(topics) if topic not in self._topics)
            yield Found(seen.positions()[number], "unknown_topic", f"nobody knows the topic {topics[number]!r}")

    def _back_dated(self, seen: Window) -> Iterator[Found]:
        """Events are stamped under the lock that orders them."""
        newest = self._newest_us
        for position, at in zip(seen.positions(), seen.recorded_us(), strict=True):
            if at < newest - CLOCK_TOLERANCE_US:
                yield Found(position, "back_dated", "it says it was recorded long before the event before it")
                return
            newest = max(newest, at)
        self._newest_us = newest

    def _heads_up_to(self, last: int) -> Iterable[Head]:
        while self._next is not None and self._next.tree_size <= last:
            self._coming.append(self._next)
            self._next = next(self._trusted, None)
        return self._coming

    def _agree(self, size: int) -> None:
        """With every head for so many events."""
        while self._coming and self._coming[0].tree_size <= size:
            head = self._coming.popleft()
            if (head.root, head.chain) != (self.tree.root(), self._chain):
                what = f"events and hashes agree with each other, but not with head {head.number} of {head.tree_size}"
                raise _Stop(Found(self.vouched + 1, "rewritten", what, upto=size))
            self.vouched = size

    def _compare(self, upper: Sequence[Strip]) -> None:
        """Kept hashes of whole tiles with those that were just computed."""
        for level in {strip.level for strip in upper}:
            strips = [strip for strip in upper if strip.level == level]
            first, hashes = strips[0].first, b"".join(strip.hashes for strip in strips)
            known = min(len(hashes) // HASH_BYTES, (self._sealed >> LEVEL_HEIGHT * level) - first)
            if kept_hashes(self._database, level, first, first + known) != hashes[: known * HASH_BYTES]:
                at = (first << LEVEL_HEIGHT * level) + 1
                raise _Stop(Found(at, "seal_damaged", f"kept hashes of level {level} are not those of their events"))


def _versions(database: Database, upto: int) -> Iterator[Found]:
    row = database.execute(_VERSIONS, (upto,)).fetchone()
    if row is not None:
        stream, version, previous, position = row
        yield Found(position, "version_gap", f"version {version} of {stream} follows version {previous}")


def _event_at(database: Database, position: int) -> Stored | None:
    found = window(database, position - 1, position)
    return found.event(0) if found.rows else None


def _next_event(database: Database, position: int, upto: int) -> Stored | None:
    return next((seen.event(0) for _, seen in windows(database, position, upto, WINDOW) if seen.rows), None)
