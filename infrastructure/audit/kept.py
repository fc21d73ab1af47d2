"""What the database keeps of the seal: hashes of a range of a level, roots of ranges of leaves, the chain anywhere."""

from collections.abc import Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.audit.merkle import CHAIN_START, HASH_BYTES, TILE, Range, extend_chain
from infrastructure.audit.tiles import TILES, roots, tiles_of

Database = Connection[TupleRow]


def sealed_position(database: Database) -> int:
    row = database.execute("SELECT coalesce(max(position), 0) FROM seal.checkpoint").fetchone()
    assert row is not None
    return int(row[0])


def checkpoints(database: Database, after: int, upto: int) -> dict[int, bytes]:
    """The value of the chain behind events in (after, upto], where it was kept."""
    with database.cursor(binary=True) as cursor:
        return dict(
            cursor.execute(
                "SELECT position, chain FROM seal.checkpoint WHERE position > %s AND position <= %s", (after, upto)
            ).fetchall()
        )


def kept_leaves(database: Database, after: int, upto: int) -> bytes:
    """The leaves of the events in (after, upto]."""
    return kept_hashes(database, 0, after, max(after, upto))


def kept_hashes(database: Database, level: int, low: int, high: int) -> bytes:
    """Hashes low to high - 1 of a level; what is not there, or twice, ends them early."""
    with database.cursor(binary=True) as cursor:
        rows = cursor.execute(
            "SELECT first, hashes FROM seal.strip WHERE level = %s AND first >= %s AND first < %s ORDER BY first",
            (level, low - low % TILE, high),
        ).fetchall()
    found = bytearray()
    for first, hashes in rows:
        if first != low - low % TILE + len(found) // HASH_BYTES:
            break
        found += hashes
    begin = low % TILE * HASH_BYTES
    return bytes(found[begin : begin + (high - low) * HASH_BYTES])


def kept_roots(database: Database, ranges: Sequence[Range]) -> list[bytes]:
    """The root of each range. Raises KeyError if hashes are missing."""
    return roots(ranges, database.execute(TILES, tiles_of(ranges)).fetchall())


def chain_at(database: Database, position: int) -> bytes:
    """Behind the event at this position: from the last kept value, over the leaves since."""
    row = database.execute(
        "SELECT position, chain FROM seal.checkpoint WHERE position <= %s ORDER BY position DESC LIMIT 1", (position,)
    ).fetchone()
    at, chain = (row[0], bytes(row[1])) if row else (0, CHAIN_START)
    leaves = kept_leaves(database, at, position)
    return extend_chain(chain, [leaves[i : i + HASH_BYTES] for i in range(0, len(leaves), HASH_BYTES)])
