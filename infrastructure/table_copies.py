"""Empty copies of tables beside the live ones: same columns, keys, checks, indexes by name, and grants.

Secondary indexes come last, when the rows are there: so filling takes about half the time.
"""

from collections.abc import Sequence

from psycopg import Connection, sql
from psycopg.rows import TupleRow

Database = Connection[TupleRow]


def copy_tables(database: Database, tables: Sequence[str], like: str, into: str) -> None:
    """Tables with primary keys, checks and triggers only."""
    for table in tables:
        database.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING INDEXES)").format(
                sql.Identifier(into, table), sql.Identifier(like, table)
            )
        )
        for name, definition in _keys(database, like, table):
            database.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                    sql.Identifier(into, table), sql.Identifier(name), sql.SQL(definition)
                )
            )
        for definition in _triggers(database, like, table):
            database.execute(_elsewhere(database, definition, (like, table), (into, table)))


def drop_copies(database: Database, tables: Sequence[str], schema: str) -> None:
    for table in tables:
        database.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(schema, table)))


def index_copies(database: Database, tables: Sequence[str], like: str, into: str) -> None:
    """The secondary indexes that are missing, under the names they have; then statistics, for good plans at once."""
    for table in tables:
        for name, definition in _indexes(database, like, table):
            row = database.execute("SELECT to_regclass(%s)", (f"{into}.{name}",)).fetchone()
            if row is None or row[0] is None:
                database.execute(_elsewhere(database, definition, (like, table), (into, table)))
        database.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(into, table)))


def copy_grants(database: Database, tables: Sequence[str], like: str, into: str) -> None:
    """Whoever may read or write the one may do the same with the other."""
    for table in tables:
        rows = database.execute(
            "SELECT acl.privilege_type, r.rolname FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS acl"
            " LEFT JOIN pg_roles AS r ON r.oid = acl.grantee WHERE c.oid = to_regclass(%s)",
            (f"{like}.{table}",),
        ).fetchall()
        for privilege, role in rows:
            database.execute(
                sql.SQL("GRANT {} ON {} TO {}").format(
                    sql.SQL(privilege),
                    sql.Identifier(into, table),
                    sql.SQL("PUBLIC") if role is None else sql.Identifier(role),
                )
            )


def _elsewhere(database: Database, definition: str, here: tuple[str, str], there: tuple[str, str]) -> bytes:
    """The definition of an index or a trigger, for another table."""
    on = " ON {} ".format(".".join(here))
    assert definition.count(on) == 1, definition
    return definition.replace(on, f" ON {sql.Identifier(*there).as_string(database)} ").encode()


def _triggers(database: Database, schema: str, table: str) -> list[str]:
    rows = database.execute(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal"
        " ORDER BY tgname",
        (f"{schema}.{table}",),
    )
    return [definition for (definition,) in rows]


def _keys(database: Database, schema: str, table: str) -> list[TupleRow]:
    return database.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = to_regclass(%s) AND contype IN ('p', 'u') ORDER BY contype",
        (f"{schema}.{table}",),
    ).fetchall()


def _indexes(database: Database, schema: str, table: str) -> list[TupleRow]:
    return database.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = to_regclass(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))"
        " ORDER BY c.relname",
        (f"{schema}.{table}",),
    ).fetchall()
