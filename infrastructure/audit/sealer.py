"""Makes the seal: the next events into the chain and the tree, one transaction a batch, and a signed head when due.

It reads only what is behind its own last checkpoint, so it can be killed anywhere and makes the same tree again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Json

from domain.ids import derived_id
from infrastructure.audit.heads import Head, HeadKind, newest_head, sign
from infrastructure.audit.keys import SealKeys
from infrastructure.audit.merkle import CHAIN_START, Strip, extend_chain
from infrastructure.audit.reading import Window, window
from infrastructure.audit.tiles import TILES, edge_of, tree_of

NAME: Final = "seal"
BATCH_MAX: Final = 8_192
HEAD_EVERY: Final = timedelta(minutes=1)
# The daily close of the books: its head covers exactly what was closed.
CLOSE_TOPIC: Final = "books.closed"
# Where a head is taken to besides the file; each is a task of its own.
Target = str


class BrokenLog(Exception):  # noqa: N818 - the log is the trouble, not the program
    """The log does not go on where it was sealed: nothing may be sealed until somebody has looked."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"position {position}: {reason}")
        self.position = position
        self.reason = reason


class Overtaken(Exception):  # noqa: N818 - nothing is wrong: look again
    """Somebody else has sealed what this sealer was about to."""


class Sealer:
    """Holds the growing edge of the tree. One seals in a deployment; whoever comes second notices and starts anew."""

    def __init__(
        self,
        database: Connection[TupleRow],
        keys: SealKeys,
        targets: Sequence[Target] = (),
        head_every: timedelta = HEAD_EVERY,
    ) -> None:
        self._database = database
        self._keys = keys
        self._targets = targets
        self._head_every = head_every
        size, chain = _checkpoint(database)
        self._tree = tree_of(size, database.execute(TILES, edge_of(size)))
        self._chain = chain
        self._last: Head | None = newest_head(database)

    @property
    def position(self) -> int:
        return self._tree.size

    @property
    def heads(self) -> int:
        """How many there are."""
        return self._last.number if self._last else 0

    def step(self) -> bool:
        """Seal the next batch, and sign a head if one is due. True if there may be more.

        Raises BrokenLog if a position is missing or the log is shorter than its seal. After any error: a new Sealer.
        """
        head, now = _log_head(self._database)
        if head < self._tree.size:
            raise BrokenLog(head + 1, f"the log ends before it, and is sealed up to {self._tree.size}")
        upto = min(head, self._tree.size + BATCH_MAX)
        found = window(self._database, self._tree.size, upto)
        if not found.rows and self._tree.size < upto:
            raise BrokenLog(self._tree.size + 1, "it is missing")
        closes = CLOSE_TOPIC in found.topics()
        if closes:
            found = Window(found.rows[: found.topics().index(CLOSE_TOPIC) + 1])
        is_due = self._is_head_due(self._tree.size + len(found.rows), now)
        if found.rows or is_due:
            self._seal(found, "close" if closes else "minute" if is_due else None, now)
        return self._tree.size < head

    def _is_head_due(self, size: int, now: datetime) -> bool:
        """A minute after the last one, if anything has happened since."""
        if self._last is None:
            return size > 0
        return size > self._last.tree_size and now - self._last.signed_at >= self._head_every

    def _seal(self, found: Window, kind: HeadKind | None, now: datetime) -> None:
        before = self._tree.size
        positions = found.positions()
        for expected, position in enumerate(positions, before + 1):
            if position != expected:
                raise BrokenLog(expected, f"it is missing: the next event has position {position}")
        leaves = found.leaves()
        strips = self._tree.extend(leaves)
        self._chain = extend_chain(self._chain, leaves)
        with self._database.transaction():
            self._claim(before)
            if positions:
                self._keep(strips)
            if kind is not None:
                self._sign(kind, now)

    def _claim(self, before: int) -> None:
        """Nobody else has sealed in between, and nobody can until this transaction ends. Raises Overtaken."""
        self._database.execute(
            "INSERT INTO ops.follower (name, position) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE"
            " SET position = EXCLUDED.position, updated_at = clock_timestamp(), error = NULL, error_position = NULL",
            (NAME, self._tree.size),
        )
        if _checkpoint(self._database)[0] != before:
            raise Overtaken

    def _keep(self, strips: Sequence[Strip]) -> None:
        self._database.execute(
            "INSERT INTO seal.strip SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])",
            ([s.level for s in strips], [s.first for s in strips], [s.hashes for s in strips]),
        )
        self._database.execute("INSERT INTO seal.checkpoint VALUES (%s, %b)", (self._tree.size, self._chain))

    def _sign(self, kind: HeadKind, now: datetime) -> None:
        """The head and the tasks of its deliveries become true together, so none is ever forgotten."""
        number = 1 if self._last is None else self._last.number + 1
        head = sign(self._keys, number, kind, self._tree.size, self._tree.root(), self._chain, now)
        self._database.execute(
            "INSERT INTO seal.head VALUES (%s, %s, %s, %b, %b, %s, %s, %b, %b)",
            (
                head.number,
                head.kind,
                head.tree_size,
                head.root,
                head.chain,
                head.signed_at,
                head.kid,
                head.public_key,
                head.signature,
            ),
        )
        for target in self._targets:
            if target != "mail" or kind == "close":
                self._database.execute(
                    "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'deliver_head', %s)"
                    " ON CONFLICT (task_id) DO NOTHING",
                    (derived_id("head", number, target), Json({"number": number, "target": target})),
                )
        self._last = head


def _checkpoint(database: Connection[TupleRow]) -> tuple[int, bytes]:
    row = database.execute("SELECT position, chain FROM seal.checkpoint ORDER BY position DESC LIMIT 1").fetchone()
    return (row[0], bytes(row[1])) if row else (0, CHAIN_START)


def _log_head(database: Connection[TupleRow]) -> tuple[int, datetime]:
    """The newest position, and the time by the clock that also stamps the events."""
    row = database.execute("SELECT coalesce(max(notification_id), 0), clock_timestamp() FROM log.events").fetchone()
    assert row is not None
    return row[0], row[1]
