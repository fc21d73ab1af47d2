"""What a replayed read model certifies of each of its tables: rows, sums of money, a digest, and what differs."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from infrastructure.database import connect
from infrastructure.differences import TableDifference, columns_of, difference, key_columns

Database = Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Sum:
    """All of one column of money in one currency, in minor units; `currency` is None where the table names none."""

    column: str
    currency: str | None
    minor: int


@dataclass(frozen=True, slots=True)
class CertifiedTable:
    """`sha256` is of the rows as JSON, one a line, in the order of their keys.

    `differing` counts the rows that differ from the live ones and `differences` shows the first; None and () if the
    replay stopped at another position than the live tables, so that there is nothing to compare with.
    """

    table: str
    rows: int
    sums: tuple[Sum, ...]
    sha256: str
    differing: int | None
    differences: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def certify(database: Database, schema: str, table: str, *, live: str | None) -> CertifiedTable:
    """Certify `schema.table`; compared with the table of the schema `live`, if one is named."""
    found = None if live is None else difference(database, table, live, schema)
    return CertifiedTable(
        table,
        count(database, schema, table),
        _sums(database, schema, table),
        digest(database, schema, table),
        None if found is None else found.total,
        () if found is None else tuple(_rows(found)),
    )


def count(database: Database, schema: str, table: str) -> int:
    row = database.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))).fetchone()
    assert row is not None
    return int(row[0])


def digest(database: Database, schema: str, table: str) -> str:
    """SHA-256 over the rows; only a part of them is ever in memory. Text is ordered by its bytes, times are in UTC."""
    types = dict(columns_of(database, schema, table))
    order = sql.SQL(", ").join(
        sql.SQL('t.{} COLLATE "C"' if types[key] == "text" else "t.{}").format(sql.Identifier(key))
        for key in key_columns(database, schema, table)
    )
    query = sql.SQL("COPY (SELECT to_jsonb(t) FROM {} AS t ORDER BY {}) TO STDOUT")
    sha256 = hashlib.sha256()
    with database.cursor() as cursor, cursor.copy(query.format(sql.Identifier(schema, table), order)) as rows:
        for block in rows:
            sha256.update(block)
    return sha256.hexdigest()


def _sums(database: Database, schema: str, table: str) -> tuple[Sum, ...]:
    names = [name for name, _ in columns_of(database, schema, table)]
    money = [name for name in names if name.endswith("_minor")]
    if not money:
        return ()
    currency = sql.SQL("currency" if "currency" in names else "NULL::text")
    totals = sql.SQL(", ").join(sql.SQL("coalesce(sum({}), 0)").format(sql.Identifier(name)) for name in money)
    rows = database.execute(
        sql.SQL("SELECT {}, {} FROM {} GROUP BY 1 ORDER BY 1").format(currency, totals, sql.Identifier(schema, table))
    )
    return tuple(
        Sum(name, row[0], int(total)) for row in rows.fetchall() for name, total in zip(money, row[1:], strict=True)
    )


def between(url: str, tables: Sequence[str], first: str, second: str) -> list[tuple[str, int, list[dict[str, Any]]]]:
    """Of each table how many rows differ between two schemas, and the first of them: `live` is of the first schema."""
    with connect(url, name="replay-diff") as database:
        found = [difference(database, table, first, second) for table in tables]
    return [(one.table, one.total, list(_rows(one))) for one in found]


def _rows(found: TableDifference) -> Iterator[dict[str, Any]]:
    return ({"key": row.key, "columns": _shown(row.columns)} for row in found.rows)


def _shown(columns: Any) -> dict[str, Any]:
    return {name: {"live": live, "log": log} for name, (live, log) in columns.items()}
