"""The system on a database of one's own, with a login that is no superuser: migrated by it and run by it."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from infrastructure.database import connect
from infrastructure.embedded import postgres
from infrastructure.migrations import migrate


@pytest.fixture
def plain_url(cluster: postgres.PostgresServer) -> Iterator[str]:
    """A database of a login that stands to the restricted role as whoever made it: it may grant it, not yet take it."""
    name = f"plain_{uuid4().hex[:12]}"
    who = sql.Identifier(name)
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as superuser:
        superuser.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(who))
        superuser.execute(sql.SQL("GRANT travellr_app TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE").format(who))
        superuser.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(who, who))
        try:
            yield cluster.url(name).replace("postgres@", f"{name}@")
        finally:
            superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(who))
            superuser.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(who))
            superuser.execute(sql.SQL("DROP ROLE {}").format(who))


def test_a_login_that_is_no_superuser_migrates_and_then_runs_in_the_restricted_role(plain_url: str) -> None:
    migrate(plain_url)
    with connect(plain_url, name="test") as connection:
        assert connection.execute("SELECT current_user, count(*) FROM log.events").fetchone() == ("travellr_app", 0)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("TRUNCATE log.events")
        connection.execute("SELECT ops.make_replay_schema('00000000-0000-4000-8000-000000000001')")
        connection.execute("CREATE TABLE replay_00000000000040008000000000000001.one (LIKE read.booking INCLUDING ALL)")
        connection.execute("DROP SCHEMA replay_00000000000040008000000000000001 CASCADE")
