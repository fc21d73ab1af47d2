"""Where the tables of a rebuild are: beside the live ones while they are filled, put aside after the switch."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

import domain
import projections
from infrastructure.differences import columns_of
from infrastructure.table_copies import copy_grants, copy_tables
from projections.change import Projection

Database = Connection[TupleRow]
ROLLBACK: Final = "rollback"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Tables that may become the live ones, and how far they have come."""

    position: int
    recipe: str

    @property
    def is_rollback(self) -> bool:
        return self.recipe == ROLLBACK

    @staticmethod
    def schema_of(name: str) -> str:
        return f"rebuild_{name}"


def candidate_of(database: Database, name: str) -> Candidate | None:
    row = database.execute("SELECT position, recipe FROM ops.rebuild WHERE name = %s", (name,)).fetchone()
    return Candidate(*row) if row else None


def begin(database: Database, projection: Projection) -> None:
    """Make empty tables, unless there are some to go on with: made by the same code, and not ahead of the live ones."""
    recipe = recipe_of(database, projection)
    found = candidate_of(database, projection.name)
    live = database.execute("SELECT position FROM ops.follower WHERE name = %s", (projection.name,)).fetchone()
    if found is not None and found.recipe == recipe and found.position <= (live[0] if live else 0):
        return
    schema = Candidate.schema_of(projection.name)
    with database.transaction():
        database.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
        database.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        copy_tables(database, projection.tables, "read", schema)
        _remember(database, projection, 0, recipe)


def move(database: Database, projection: Projection, position: int) -> None:
    """The candidate's tables become the live ones, which are put aside. Inside the transaction that holds them all."""
    name = projection.name
    schema, aside = Candidate.schema_of(name), _aside(name)
    copy_grants(database, projection.tables, "read", schema)
    database.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(aside)))
    database.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(aside)))
    for old, new in (("read", aside), (schema, "read")):
        for table in projection.tables:
            database.execute(
                sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(sql.Identifier(old, table), sql.Identifier(new))
            )
    database.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(schema)))
    database.execute("DELETE FROM ops.rebuild WHERE name = %s", (name,))
    database.execute(
        "INSERT INTO ops.retired (name, position) VALUES (%s, %s) ON CONFLICT (name)"
        " DO UPDATE SET position = EXCLUDED.position, retired_at = clock_timestamp()",
        (name, position),
    )


def take_back(database: Database, projection: Projection, live: int) -> str | None:
    """Make the tables that were put aside the candidate. Why not, if they cannot be."""
    name = projection.name
    row = database.execute("SELECT position FROM ops.retired WHERE name = %s", (name,)).fetchone()
    if row is None:
        return f"No tables of {name} are kept: it was never rebuilt."
    if row[0] > live:
        return f"The kept tables of {name} stand at {row[0]}, ahead of the live ones at {live}: they cannot go back."
    schema, aside = Candidate.schema_of(name), _aside(name)
    for table in projection.tables:
        if columns_of(database, aside, table) != columns_of(database, "read", table):
            return f"The kept table {table} has other columns than the live one: the schema was migrated since."
    with database.transaction():
        database.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
        database.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(aside), sql.Identifier(schema)))
        database.execute("DELETE FROM ops.retired WHERE name = %s", (name,))
        _remember(database, projection, row[0], ROLLBACK)
    return None


def _aside(name: str) -> str:
    return f"retired_{name}"


def _remember(database: Database, projection: Projection, position: int, recipe: str) -> None:
    database.execute(
        "INSERT INTO ops.rebuild (name, position, recipe) VALUES (%s, %s, %s) ON CONFLICT (name)"
        " DO UPDATE SET position = EXCLUDED.position, recipe = EXCLUDED.recipe, started_at = clock_timestamp()",
        (projection.name, position, recipe),
    )


def recipe_of(database: Database, projection: Projection) -> str:
    """What the rows are made by: rows of two versions must never be mixed in one table."""
    digest = hashlib.sha256()
    for package in (domain, projections):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    for table in projection.tables:
        digest.update(repr((table, columns_of(database, "read", table))).encode())
    return digest.hexdigest()
