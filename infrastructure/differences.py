"""What two tables of the same columns do not have in common: row by row, or only in their counts and sums of money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

SHOWN_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row by its key, and for each column that differs its live value and the log's; {} of a row is one missing."""

    key: Mapping[str, Any]
    columns: Mapping[str, tuple[Any, Any]]

    def __str__(self) -> str:
        key = ", ".join(f"{name}={value}" for name, value in self.key.items())
        told = ", ".join(f"{name}: live {live!r}, log {log!r}" for name, (live, log) in self.columns.items())
        return f"{key}: {told}"


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How many rows of a table differ, and the first of them."""

    table: str
    total: int
    rows: tuple[RowDifference, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """The number of rows of a table, and the sum of every column of money."""

    rows: int
    sums: Mapping[str, int]


def difference(connection: Connection[TupleRow], table: str, live: str, log: str) -> TableDifference:
    """Compare `live.table` with `log.table`, whose columns are the same, by the primary key of the first."""
    keys = key_columns(connection, live, table)
    same = sql.SQL(" AND ").join(sql.SQL("l.{0} = r.{0}").format(sql.Identifier(key)) for key in keys)
    order = sql.SQL(", ").join(sql.SQL("coalesce(l.{0}, r.{0})").format(sql.Identifier(key)) for key in keys)
    # count(*) OVER () counts all of them, before LIMIT.
    rows = connection.execute(
        sql.SQL(
            "SELECT count(*) OVER (), CASE WHEN l.{key} IS NOT NULL THEN to_jsonb(l) END,"
            " CASE WHEN r.{key} IS NOT NULL THEN to_jsonb(r) END"
            " FROM {live} AS l FULL JOIN {log} AS r ON {same} WHERE (l.*) IS DISTINCT FROM (r.*)"
            " ORDER BY {order} LIMIT {most}"
        ).format(
            key=sql.Identifier(keys[0]),
            live=sql.Identifier(live, table),
            log=sql.Identifier(log, table),
            same=same,
            order=order,
            most=SHOWN_MAX,
        )
    ).fetchall()
    return TableDifference(table, rows[0][0] if rows else 0, tuple(_row(keys, row[1], row[2]) for row in rows))


def _row(keys: list[str], live: Mapping[str, Any] | None, log: Mapping[str, Any] | None) -> RowDifference:
    key = {name: (live or log or {})[name] for name in keys}
    if live is None or log is None:
        return RowDifference(
            key, {"(row)": ("missing" if live is None else "there", "missing" if log is None else "there")}
        )
    return RowDifference(key, {name: (live[name], log[name]) for name in live if live[name] != log[name]})


def key_columns(connection: Connection[TupleRow], schema: str, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT a.attname FROM pg_index AS i"
        " CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, n)"
        " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number"
        " WHERE i.indrelid = to_regclass(%s) AND i.indisprimary ORDER BY k.n",
        (f"{schema}.{table}",),
    )
    return [name for (name,) in rows]


def columns_of(connection: Connection[TupleRow], schema: str, table: str) -> list[tuple[str, str]]:
    """Name and type of each column, in order; none if there is no such table."""
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (f"{schema}.{table}",),
    )
    return [(name, kind) for name, kind in rows]


def totals(connection: Connection[TupleRow], schema: str, table: str) -> Totals:
    money = [name for name, _ in columns_of(connection, schema, table) if name.endswith("_minor")]
    sums = [sql.SQL(", coalesce(sum({}), 0)").format(sql.Identifier(name)) for name in money]
    query = sql.SQL("SELECT count(*){} FROM {}").format(sql.Composed(sums), sql.Identifier(schema, table))
    row = connection.execute(query).fetchone()
    assert row is not None
    return Totals(row[0], dict(zip(money, map(int, row[1:]), strict=True)))
