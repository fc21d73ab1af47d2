"""Heads, those in the database and those that were delivered, checked by themselves and against each other.

A year has half a million of them, so they are gone through and not gathered: only AT_ONCE are ever in memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.audit.findings import Found
from infrastructure.audit.heads import AT_ONCE, Head, each_kept_head, heads_numbered, newest_head


class Heads:
    """`delivered` are by the size of their trees, can be gone through again and again, and may end before those that
    are kept: the newest ones may still be on their way. A key is believed if the settings know it, or if it came with a
    delivered head: never because the database says so.
    """

    def __init__(
        self, database: Connection[TupleRow], believed: Mapping[str, bytes], delivered: Iterable[Head] = ()
    ) -> None:
        self.forged: list[Found] = []
        self.kept_count = 0
        self.delivered_count = 0
        self._largest = 0
        self._last_delivered = 0
        self._outside = dict(believed)
        self._database = database
        self._delivered = delivered
        newest = newest_head(database)
        self._newest = newest.number if newest else 0
        for head in delivered:
            self.delivered_count += 1
            self._last_delivered = max(self._last_delivered, head.number)
            self._outside[head.kid] = head.public_key

    def trusted(self) -> Iterator[Head]:
        """Those with a signature of a believed key, by the size of the tree they vouch for; the others are `forged`.

        Up to the last one that was delivered, only what was delivered counts: others may have been made up since. One
        that is smaller than one before it is passed over: `between_themselves` tells of it.
        """
        kept = each_kept_head(self._database, self._last_delivered, self._newest)
        line = ""
        for head in chain(self._delivered, kept):
            if head.line == line:
                continue
            line = head.line
            if not head.is_signed:
                self._forged(head, f"the signature of head {head.number} is wrong")
            elif self._outside.get(head.kid) != head.public_key:
                self._forged(head, f"nobody knows the key {head.kid} of head {head.number}")
            elif head.tree_size >= self._largest:
                self._largest = head.tree_size
                yield head

    def _forged(self, head: Head, what: str) -> None:
        self.forged.append(Found(head.tree_size, "head_forged", what))

    def between_themselves(self, sealed: int) -> Iterator[Found]:
        """Numbers without a gap, growing trees, nothing that was delivered and is not kept, nothing that vouches for
        more than is sealed. Ask when all that are trusted have been gone through.
        """
        yield from self._kept_as_delivered()
        yield from self._numbered()
        if self._largest > sealed:
            what = f"a head was signed for {self._largest} events, and {sealed} are sealed"
            yield Found(sealed + 1, "cut_tail", what)

    def _kept_as_delivered(self) -> Iterator[Found]:
        heads = iter(self._delivered)
        while some := list(islice(heads, AT_ONCE)):
            kept = heads_numbered(self._database, [head.number for head in some])
            for head in some:
                here = kept.get(head.number)
                if here is None:
                    what = f"head {head.number} was delivered and is not in the database"
                    yield Found(head.tree_size, "head_missing", what)
                elif here.line != head.line:
                    what = f"head {head.number} is another than the one that was delivered"
                    yield Found(head.tree_size, "head_replaced", what)

    def _numbered(self) -> Iterator[Found]:
        number, size = 0, 0
        for head in each_kept_head(self._database, 0, self._newest):
            self.kept_count += 1
            if head.number != number + 1:
                yield Found(size + 1, "head_missing", f"head {number + 1} is missing")
            if head.tree_size < size:
                what = f"head {head.number} has a smaller tree than the one before"
                yield Found(head.tree_size, "head_replaced", what)
            number, size = head.number, head.tree_size
