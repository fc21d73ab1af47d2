"""Writes the changes of a batch of events as sets: one statement per table and kind of change, not one per row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.change import Add, Change, Once, Put, Set

KeyTuple = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class _Rows:
    """What one table's rows get in this batch, folded per key in the order of the events."""

    put: dict[KeyTuple, dict[str, Any]] = field(default_factory=dict)
    set: dict[KeyTuple, dict[str, Any]] = field(default_factory=dict)
    add: dict[KeyTuple, dict[str, int]] = field(default_factory=dict)
    sum: dict[KeyTuple, dict[str, int]] = field(default_factory=dict)
    once: dict[KeyTuple, dict[str, Any]] = field(default_factory=dict)


def fold(changes: Iterable[Change]) -> dict[str, _Rows]:
    """Changes by table; a later value of a column replaces an earlier one, amounts add up."""
    tables: dict[str, _Rows] = {}
    for change in changes:
        rows = tables.setdefault(change.table, _Rows())
        key = tuple(change.key.items())
        match change:
            case Put():
                rows.put.setdefault(key, {}).update(change.values)
            case Set() if key in rows.put:
                rows.put[key].update(change.values)
            case Set():
                rows.set.setdefault(key, {}).update(change.values)
            case Add():
                amounts = (rows.sum if change.makes_row else rows.add).setdefault(key, {})
                for column, amount in change.amounts.items():
                    amounts[column] = amounts.get(column, 0) + amount
            case Once():
                rows.once.setdefault(key, dict(change.values))
    return tables


class Projector:
    """Writes into the tables of one schema; `schema` lets a rebuild fill other tables than the live ones."""

    def __init__(self, connection: Connection[TupleRow], schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self._types: dict[str, dict[str, str]] = {}

    def write(self, changes: Iterable[Change]) -> int:
        """Write all changes; the number of rows made by `Once`. Call it inside the transaction of the checkpoint."""
        made = 0
        for table, rows in fold(changes).items():
            self._each_shape(table, rows.put, "put")
            self._each_shape(table, rows.set, "set")
            self._each_shape(table, rows.sum, "sum")
            self._each_shape(table, rows.add, "add")
            made += self._each_shape(table, rows.once, "once")
        return made

    def _each_shape(
        self,
        table: str,
        rows: Mapping[KeyTuple, Mapping[str, Any]],
        kind: Literal["put", "set", "sum", "add", "once"],
    ) -> int:
        """Rows with the same columns are one statement."""
        shapes: dict[tuple[str, ...], list[tuple[KeyTuple, Mapping[str, Any]]]] = {}
        for key, values in rows.items():
            shapes.setdefault(tuple(sorted(values)), []).append((key, values))
        written = 0
        for columns, members in shapes.items():
            key_columns = tuple(name for name, _ in members[0][0])
            types = self._types_of(table)
            arrays = [[dict(key)[name] for key, _ in members] for name in key_columns]
            arrays += [[_value(values[name], types[name]) for _, values in members] for name in columns]
            statement = self._statement(table, key_columns, columns, kind)
            written += self._connection.execute(statement, arrays).rowcount
        return written

    def _statement(self, table: str, keys: tuple[str, ...], columns: tuple[str, ...], kind: str) -> sql.Composed:
        types = self._types_of(table)
        names = sql.SQL(", ").join(sql.Identifier(name) for name in (*keys, *columns))
        source = sql.SQL("unnest({}) AS v({})").format(
            sql.SQL(", ").join(sql.SQL("%s::" + types[name] + "[]") for name in (*keys, *columns)), names
        )
        target = sql.Identifier(self._schema, table)
        same_row = sql.SQL(" AND ").join(sql.SQL("t.{0} = v.{0}").format(sql.Identifier(name)) for name in keys)
        if kind in {"set", "add"}:
            term = "{0} = v.{0}" if kind == "set" else "{0} = t.{0} + v.{0}"
            return sql.SQL("UPDATE {} AS t SET {} FROM {} WHERE {}").format(
                target, _terms(term, columns), source, same_row
            )
        insert = sql.SQL("INSERT INTO {} AS t ({}) SELECT {} FROM {} ON CONFLICT ({}) DO ").format(
            target, names, names, source, sql.SQL(", ").join(sql.Identifier(name) for name in keys)
        )
        if kind == "once" or not columns:
            return insert + sql.SQL("NOTHING")
        term = "{0} = EXCLUDED.{0}" if kind == "put" else "{0} = t.{0} + EXCLUDED.{0}"
        return insert + sql.SQL("UPDATE SET {}").format(_terms(term, columns))

    def _types_of(self, table: str) -> dict[str, str]:
        if table not in self._types:
            rows = self._connection.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
                (f"{self._schema}.{table}",),
            )
            self._types[table] = dict(rows.fetchall())
            assert self._types[table], f"no table {self._schema}.{table}"
        return self._types[table]


def _terms(term: str, columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(term).format(sql.Identifier(name)) for name in columns)


def _value(value: Any, column_type: str) -> Any:
    """A value as PostgreSQL takes it: structures become JSON."""
    if column_type == "jsonb" and value is not None:
        return msgspec.json.encode(value).decode()
    return value
