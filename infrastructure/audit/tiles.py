"""Proofs from kept hashes: which tiles they need, read in one question, and what is computed from them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from infrastructure.audit.merkle import (
    HASH_BYTES,
    LEVEL_HEIGHT,
    TILE,
    Node,
    Range,
    Tree,
    folded,
    perfect_root,
    whole_subtrees,
)

# All strips of some tiles. A tile's number is the number of its first hash, divided by 256.
TILES: Final = """
    SELECT s.level, s.first, s.hashes
      FROM unnest(%(levels)s::smallint[], %(tiles)s::bigint[]) AS wanted(level, tile)
      JOIN seal.strip AS s ON s.level = wanted.level
           AND s.first >= wanted.tile * 256 AND s.first < wanted.tile * 256 + 256
     ORDER BY s.level, s.first
"""

Tile = tuple[int, int]


def tiles_of(ranges: Iterable[Range]) -> dict[str, list[int]]:
    """The parameters of TILES for the roots of these ranges."""
    wanted = sorted({_tile(node) for leaves in ranges for node in whole_subtrees(leaves)})
    return {"levels": [level for level, _ in wanted], "tiles": [tile for _, tile in wanted]}


def roots(ranges: Sequence[Range], rows: Iterable[Sequence[Any]]) -> list[bytes]:
    """The root of each range. Raises KeyError if hashes that are needed are not among the rows."""
    tiles = gathered(rows)
    return [folded([_hash(node, tiles) for node in whole_subtrees(leaves)]) for leaves in ranges]


def gathered(rows: Iterable[Sequence[Any]]) -> dict[Tile, list[bytes]]:
    """Rows of TILES, as the hashes of each tile. Raises KeyError if some are missing or there twice."""
    tiles: dict[Tile, list[bytes]] = {}
    for level, first, hashes in rows:
        tile = tiles.setdefault((level, first // TILE), [])
        if first % TILE != len(tile):
            raise KeyError(level, first)
        tile += [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    return tiles


def tree_of(size: int, rows: Iterable[Sequence[Any]]) -> Tree:
    """The tree of this size, ready to grow. Raises KeyError if the rows (of `edge_of(size)`) do not make it."""
    tiles = gathered(rows)
    tree = Tree(size)
    level = 0
    while count := size >> (LEVEL_HEIGHT * level):
        begun = tiles[level, count // TILE] if count % TILE else []
        if len(begun) != count % TILE:
            raise KeyError(level, count)
        tree.pending.append(begun)
        level += 1
    return tree


def edge_of(size: int) -> dict[str, list[int]]:
    """The parameters of TILES for the unfinished tiles of a tree of this size."""
    levels: list[int] = []
    while size >> (LEVEL_HEIGHT * len(levels)):
        levels.append(len(levels))
    return {"levels": levels, "tiles": [(size >> (LEVEL_HEIGHT * level)) // TILE for level in levels]}


def _tile(node: Node) -> Tile:
    level = node.height // LEVEL_HEIGHT
    return level, (node.index << node.height % LEVEL_HEIGHT) // TILE


def _hash(node: Node, tiles: dict[Tile, list[bytes]]) -> bytes:
    span = 1 << node.height % LEVEL_HEIGHT
    first = node.index * span % TILE
    hashes = tiles[_tile(node)][first : first + span]
    if len(hashes) != span:
        raise KeyError(node)
    return perfect_root(hashes)
