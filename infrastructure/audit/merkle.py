"""The tree of RFC 9162 (Certificate Transparency 2.0), 2.1: how it grows, and which ranges of leaves prove what.

Hashes are kept for every eighth height only ("levels"), 256 to a tile; what lies between is recomputed from one tile.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

TILE: Final = 256
LEVEL_HEIGHT: Final = 8
HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
CHAIN_START: Final = bytes(HASH_BYTES)

Range = tuple[int, int]  # Leaves [low, high), from 0.


@dataclass(frozen=True, slots=True)
class Strip:
    """Consecutive hashes of one level, all in one tile; `first` is the number of the first."""

    level: int
    first: int
    hashes: bytes


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A subtree that is whole: 2 ** height leaves, the `index`-th of that height."""

    height: int
    index: int


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a power of two of them."""
    row = list(hashes)
    sha256 = hashlib.sha256
    while len(row) > 1:
        row = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


def extend_chain(chain: bytes, leaves: Sequence[bytes]) -> bytes:
    sha256 = hashlib.sha256
    for leaf in leaves:
        chain = sha256(chain + leaf).digest()
    return chain


@dataclass(slots=True)
class Tree:
    """A tree that grows at its end. It remembers only the last, unfinished tile of each level."""

    size: int = 0
    pending: list[list[bytes]] = field(default_factory=list)

    def extend(self, leaves: Sequence[bytes]) -> list[Strip]:
        """Add leaves; what is to be kept of them."""
        strips = list(self._extend(0, leaves))
        self.size += len(leaves)
        return strips

    def _extend(self, level: int, hashes: Sequence[bytes]) -> Iterator[Strip]:
        if level == len(self.pending):
            self.pending.append([])
        first, begun, whole, at = self.size >> (LEVEL_HEIGHT * level), self.pending[level], [], 0
        while at < len(hashes):
            part = hashes[at : at + TILE - len(begun)]
            yield Strip(level, first + at, b"".join(part))
            begun += part
            at += len(part)
            if len(begun) == TILE:
                whole.append(perfect_root(begun))
                begun.clear()
        if whole:
            yield from self._extend(level + 1, whole)

    def root(self) -> bytes:
        """MTH of the leaves so far."""
        right: bytes | None = None
        for hashes in self.pending:
            end = len(hashes)
            while end:
                run = end & -end
                subtree = perfect_root(hashes[end - run : end])
                right = subtree if right is None else node_hash(subtree, right)
                end -= run
        return EMPTY_ROOT if right is None else right


def inclusion(index: int, size: int) -> list[Range]:
    """The subtrees whose roots are PATH(index, D[size]), from the leaf up (RFC 9162, 2.1.3.1)."""
    assert 0 <= index < size
    low, high, path = 0, size, list[Range]()
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    return path[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """The subtrees whose roots are PROOF(old, D[size]) (RFC 9162, 2.1.4.1); none if the trees are the same."""
    assert 0 < old <= size
    low, high, known, path = 0, size, True, list[Range]()
    while old < high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low, known = middle, False
    return [*([] if known else [(low, high)]), *path[::-1]]


def whole_subtrees(leaves: Range) -> list[Node]:
    """The subtrees that a range is made of, left to right; `leaves` is a range that a tree of RFC 9162 has."""
    low, high = leaves
    nodes = []
    while low < high:
        height = (high - low).bit_length() - 1
        if low:
            height = min(height, (low & -low).bit_length() - 1)
        nodes.append(Node(height, low >> height))
        low += 1 << height
    return nodes


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root of a range from the roots of its whole subtrees."""
    right = hashes[-1]
    for left in hashes[-2::-1]:
        right = node_hash(left, right)
    return right


def _split(size: int) -> int:
    """The largest power of two that is smaller."""
    return 1 << (size - 1).bit_length() - 1
