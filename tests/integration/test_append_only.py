"""The role of the running system adds to the log, its archive and its seal, and can take nothing back."""

import psycopg
import pytest
from psycopg import sql

from infrastructure.database import connect

# Named, so that a table that goes missing is noticed; the tests ask for every table of these schemas.
KEPT = {
    *("log.events", "log.idempotency", "log.archive", "log.archived"),
    *("seal.strip", "seal.checkpoint", "seal.head", "seal.verification"),
}
TABLES = """
    SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('log', 'seal') AND c.relkind IN ('r', 'p') ORDER BY 1, 2
"""
WAYS = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DROP COLUMN {column}",
    "DROP TABLE {table}",
    "CREATE RULE never AS ON INSERT TO {table} DO INSTEAD NOTHING",
)


def tables_of(connection: psycopg.Connection[tuple[str, str]]) -> set[tuple[str, str]]:
    return set(connection.execute(TABLES).fetchall())


def test_every_table_that_keeps_what_happened_is_asked_about(database_url: str) -> None:
    with connect(database_url, name="test") as own:
        assert {f"{schema}.{table}" for schema, table in tables_of(own)} >= KEPT


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.partition(" {")[0].lower().replace(" ", "_"))
def test_nothing_that_was_written_can_be_changed_or_taken_away(database_url: str, way: str) -> None:
    with connect(database_url, name="test") as own:
        assert own.execute("SELECT current_user").fetchone() == ("travellr_app",)
        for schema, table in sorted(tables_of(own)):
            (column,) = own.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 2", (f"{schema}.{table}",)
            ).fetchone() or ("",)
            statement = sql.SQL(way).format(table=sql.Identifier(schema, table), column=sql.Identifier(column))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                own.execute(statement)


def test_no_role_that_it_has_may_either(database_url: str) -> None:
    """Nor by a column, nor by somebody whose rights it inherits, nor by becoming the owner."""
    with connect(database_url, name="test") as own:
        for schema, table in sorted(tables_of(own)):
            asked = own.execute(
                "SELECT has_table_privilege(current_user, %(t)s, 'UPDATE, DELETE, TRUNCATE'),"
                " has_any_column_privilege(current_user, %(t)s, 'UPDATE'),"
                " pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = %(t)s::regclass), 'USAGE')",
                {"t": f"{schema}.{table}"},
            ).fetchone()
            assert asked == (False, False, False), (schema, table)


def test_what_runs_with_more_rights_is_known_by_name(database_url: str) -> None:
    """Functions that run as their owner could do more than the role may. Two are known."""
    with connect(database_url, name="test") as own:
        rows = own.execute(
            "SELECT p.oid::regproc::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace"
            " WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
    assert {name for (name,) in rows} <= {"log.archive_streams", "ops.make_replay_schema", "ops.drop_replay_schema"}
