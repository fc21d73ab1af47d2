"""A real PostgreSQL for every test process, and a migrated database of its own for every test that asks."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from infrastructure.embedded import postgres
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.migrations import migrate
from infrastructure.settings import Settings, load_settings


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.PostgresServer]:
    """A throw-away PostgreSQL server; fsync is off, which only tests of durability would notice."""
    folder = Path(tempfile.mkdtemp(prefix="travellr-test-"))
    server = postgres.start(folder, durable=False)
    try:
        server.ensure_database("template_travellr")
        migrate(server.url("template_travellr"))
        yield server
    finally:
        server.stop()
        discard_place(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(cluster: postgres.PostgresServer) -> Iterator[str]:
    """A migrated, empty database, dropped after the test."""
    name = f"t_{uuid4().hex}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template_travellr").format(sql.Identifier(name)))
        try:
            yield cluster.url(name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of a sandbox on this test's database; secrets are made in its own folder."""
    return load_settings({}, home=tmp_path / "home", database_url=database_url)
