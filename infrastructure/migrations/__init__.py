"""The schema: numbered SQL files, applied once each and in order, by one migrator at a time."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from domain.refusal import Refusal

_LOCK = 824_150_000
_FILE = re.compile(r"(\d{4})_(\w+)\.sql")


class SchemaMismatch(Refusal):
    """The database is not at the schema this version needs; run `travellr migrate`."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known() -> list[Migration]:
    """Every migration of this version, in order."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        assert match, path
        found.append(Migration(int(match[1]), match[2], path.read_text()))
    assert [m.number for m in found] == list(range(1, len(found) + 1)), "migration numbers have a gap"
    return found


def migrate(url: str) -> list[str]:
    """Bring the database to this version's schema; the names of what was applied. Safe to call from many at once.

    Raises SchemaMismatch if the database was migrated by another version, or an applied file was changed.
    """
    with psycopg.connect(url, autocommit=True, application_name="travellr-migrate") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute("CREATE SCHEMA IF NOT EXISTS schema_history")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_history.migration ("
            " number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        pending = _pending(connection)
        for migration in pending:
            with connection.transaction():
                connection.execute(migration.sql.encode())
                connection.execute(
                    "INSERT INTO schema_history.migration (number, name, checksum) VALUES (%s, %s, %s)",
                    (migration.number, migration.name, migration.checksum),
                )
        return [f"{m.number:04} {m.name}" for m in pending]


def check(url: str) -> None:
    """Raise SchemaMismatch unless the database is exactly at this version's schema."""
    with psycopg.connect(url, autocommit=True) as connection:
        exists = connection.execute("SELECT to_regclass('schema_history.migration')").fetchone()
        if exists is None or exists[0] is None or _pending(connection):
            raise SchemaMismatch


def _pending(connection: psycopg.Connection) -> list[Migration]:
    applied: dict[int, str] = dict(
        connection.execute("SELECT number, checksum FROM schema_history.migration").fetchall()
    )
    migrations = known()
    newer = set(applied) - {m.number for m in migrations}
    if newer:
        raise SchemaMismatch("The database was migrated by a newer version of Travellr.")
    for migration in migrations:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise SchemaMismatch(f"Migration {migration.number:04} was changed after it had been applied.")
    return [m for m in migrations if m.number not in applied]
