"""Writes the changes of a batch of events as sets: one statement per table and kind of change, not one per row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary

import msgspec
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.change import Add, Change, Once, Put, Set

KeyTuple = tuple[Any, ...]
Kind = Literal["put", "set", "sum", "add", "once"]
Shape = tuple[str, tuple[str, ...], tuple[str, ...], Kind]  # Table, key columns, other columns, what is done to them.
_ORDER: Final[tuple[Kind, ...]] = ("put", "set", "sum", "add", "once")


@dataclass(slots=True)
class Rows:
    """What one table's rows get in this batch, folded per key in the order of the events."""

    keys: tuple[str, ...]
    put: dict[KeyTuple, dict[str, Any]] = field(default_factory=dict)
    set: dict[KeyTuple, dict[str, Any]] = field(default_factory=dict)
    add: dict[KeyTuple, dict[str, int]] = field(default_factory=dict)
    sum: dict[KeyTuple, dict[str, int]] = field(default_factory=dict)
    once: dict[KeyTuple, dict[str, Any]] = field(default_factory=dict)


Folded = dict[str, Rows]


def fold(changes: Iterable[Change]) -> Folded:
    """Changes by table; a later value of a column replaces an earlier one, amounts add up."""
    tables: Folded = {}
    for change in changes:
        rows = tables.get(change.table)
        if rows is None:
            rows = tables[change.table] = Rows(tuple(change.key))
        assert rows.keys == tuple(change.key), f"{change.table} has keys of two kinds"
        key = tuple(change.key.values())
        match change:
            case Put():
                rows.put.setdefault(key, {}).update(change.values)
            case Set():
                put = rows.put.get(key)
                (rows.set.setdefault(key, {}) if put is None else put).update(change.values)
            case Add():
                amounts = (rows.sum if change.makes_row else rows.add).setdefault(key, {})
                for column, amount in change.amounts.items():
                    amounts[column] = amounts.get(column, 0) + amount
            case Once():
                rows.once.setdefault(key, dict(change.values))
    return tables


class Projector:
    """Writes into the tables of one schema; `schema` lets a rebuild fill other tables than the live ones.

    It remembers the statement of every shape of rows it has seen, so keep it as long as its connection.
    """

    def __init__(self, connection: Connection[TupleRow], schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self._types: dict[str, dict[str, str]] = {}
        self._statements: dict[Shape, bytes] = {}

    def write(self, changes: Iterable[Change]) -> int:
        """Write all changes; the number of rows made by `Once`. Call it inside the transaction of the checkpoint."""
        return self.write_folded(fold(changes))

    def write_folded(self, tables: Folded) -> int:
        made = 0
        for table, rows in tables.items():
            for kind in _ORDER:
                written = self._each_shape(table, rows.keys, getattr(rows, kind), kind)
                made += written if kind == "once" else 0
        return made

    def _each_shape(
        self, table: str, keys: tuple[str, ...], rows: Mapping[KeyTuple, Mapping[str, Any]], kind: Kind
    ) -> int:
        """Rows with the same columns are one statement."""
        shapes: dict[tuple[str, ...], list[tuple[KeyTuple, Mapping[str, Any]]]] = {}
        for key, values in rows.items():
            shapes.setdefault(tuple(values), []).append((key, values))
        written = 0
        for columns, members in shapes.items():
            arrays: list[list[Any]] = [list(column) for column in zip(*(key for key, _ in members), strict=True)]
            types = self._types_of(table)
            for name in columns:
                column = [values[name] for _, values in members]
                arrays.append([_as_json(value) for value in column] if types[name] == "jsonb" else column)
            written += self._connection.execute(self._statement((table, keys, columns, kind)), arrays).rowcount
        return written

    def _statement(self, shape: Shape) -> bytes:
        if shape not in self._statements:
            table, keys, columns, kind = shape
            composed = _compose(sql.Identifier(self._schema, table), keys, columns, kind, self._types_of(table))
            self._statements[shape] = composed.as_bytes(self._connection)
        return self._statements[shape]

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


_kept: WeakKeyDictionary[Connection[TupleRow], dict[str, Projector]] = WeakKeyDictionary()


def projector_of(connection: Connection[TupleRow], schema: str) -> Projector:
    """The projector of this connection and schema, with the statements it remembers; gone with the connection."""
    kept = _kept.setdefault(connection, {})
    if schema not in kept:
        kept[schema] = Projector(connection, schema)
    return kept[schema]


def _compose(
    target: sql.Identifier, keys: tuple[str, ...], columns: tuple[str, ...], kind: Kind, types: Mapping[str, str]
) -> sql.Composed:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in (*keys, *columns))
    # Binary: arrays of JSON and instants are ten times cheaper so.
    source = sql.SQL("unnest({}) AS v({})").format(
        sql.SQL(", ").join(sql.SQL("%b::" + types[name] + "[]") for name in (*keys, *columns)), names
    )
    same_row = sql.SQL(" AND ").join(sql.SQL("t.{0} = v.{0}").format(sql.Identifier(name)) for name in keys)
    if kind in {"set", "add"}:
        term = "{0} = v.{0}" if kind == "set" else "{0} = t.{0} + v.{0}"
        return sql.SQL("UPDATE {} AS t SET {} FROM {} WHERE {}").format(target, _terms(term, columns), source, same_row)
    insert = sql.SQL("INSERT INTO {} AS t ({}) SELECT {} FROM {} ON CONFLICT ({}) DO ").format(
        target, names, names, source, sql.SQL(", ").join(sql.Identifier(name) for name in keys)
    )
    if kind == "once" or not columns:
        return insert + sql.SQL("NOTHING")
    term = "{0} = EXCLUDED.{0}" if kind == "put" else "{0} = t.{0} + EXCLUDED.{0}"
    return insert + sql.SQL("UPDATE SET {}").format(_terms(term, columns))


def _terms(term: str, columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(term).format(sql.Identifier(name)) for name in columns)


def _as_json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
