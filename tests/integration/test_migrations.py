"""Migrations: once each, in order, by one at a time, and never over a schema that is not ours."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from infrastructure.embedded.postgres import PostgresServer
from infrastructure.migrations import SchemaMismatch, check, known, migrate
from tests.integration.servers import own_database
from tests.integration.world import superuser

NAMES = [f"{migration.number:04} {migration.name}" for migration in known()]


@pytest.fixture
def empty_url(cluster: PostgresServer) -> Iterator[str]:
    with own_database(cluster, template="template0") as url:
        yield url


def test_eight_at_once_apply_each_migration_once(empty_url: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        applied = list(threads.map(migrate, [empty_url] * 8))
    assert sorted(applied) == [[]] * 7 + [NAMES]
    with superuser(empty_url) as connection:
        rows = connection.execute("SELECT number FROM schema_history.migration ORDER BY number").fetchall()
    assert [row[0] for row in rows] == [migration.number for migration in known()]
    check(empty_url)


def test_a_second_time_applies_nothing(database_url: str) -> None:
    assert migrate(database_url) == []


def test_a_database_that_was_never_migrated_is_refused(empty_url: str) -> None:
    with pytest.raises(SchemaMismatch):
        check(empty_url)


def test_a_database_of_an_older_version_is_refused_until_it_is_migrated(database_url: str) -> None:
    with superuser(database_url) as connection:
        connection.execute("DROP TABLE ops.setting")
        connection.execute("DELETE FROM schema_history.migration WHERE number >= 6")
    with pytest.raises(SchemaMismatch):
        check(database_url)


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(database_url: str) -> None:
    with superuser(database_url) as connection:
        connection.execute("UPDATE schema_history.migration SET checksum = 'other' WHERE number = 2")
    for look in (check, migrate):
        with pytest.raises(SchemaMismatch, match="0002"):
            look(database_url)


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with superuser(database_url) as connection:
        connection.execute("INSERT INTO schema_history.migration VALUES (9999, 'from the future', 'x')")
    for look in (check, migrate):
        with pytest.raises(SchemaMismatch, match="newer"):
            look(database_url)


def test_a_migration_that_fails_leaves_nothing_of_itself(empty_url: str) -> None:
    with superuser(empty_url) as connection:
        connection.execute("CREATE SCHEMA read")
    with pytest.raises(psycopg.errors.DuplicateSchema):
        migrate(empty_url)
    with superuser(empty_url) as connection:
        assert connection.execute("SELECT * FROM schema_history.migration").fetchall() == []
        assert connection.execute("SELECT to_regnamespace('log')").fetchone() == (None,)
        connection.execute("DROP SCHEMA read")
    assert migrate(empty_url) == NAMES
