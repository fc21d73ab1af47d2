"""`travellr rebuild` as a process: killed half-way it goes on where it was; what it refuses, it says in a sentence."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.rebuild import projection_named, rebuild
from infrastructure.rebuild_tables import begin
from infrastructure.replay import BATCH_MAX, compare
from projections.catalogue import PROJECTIONS
from tests.integration.command_line import command
from tests.integration.journey import registered
from tests.integration.servers import eventually
from tests.integration.world import World, superuser

EVENTS = 2 * BATCH_MAX + 500
FIRST = BATCH_MAX + 1  # The first event of all is of another topic.


@pytest.fixture
def cli(world: World, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`travellr rebuild vendors`, started when asked for."""
    with many_vendors(world), command(world, tmp_path, "rebuild", "vendors") as process:
        yield process


@contextmanager
def many_vendors(world: World) -> Iterator[Connection[TupleRow]]:
    """A log of more than two batches, and a rebuild that stands still within its second one until this is left."""
    registered(world, "vendor")
    with superuser(world.url) as connection:
        connection.execute(
            "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)"
            " SELECT gen_random_uuid(), 1, topic, state, n, metadata FROM log.events, generate_series(3, %s) AS n"
            " WHERE topic = 'vendor.enrolled'",
            (EVENTS,),
        )
        world.follow()
        begin(connection, PROJECTIONS["vendors"])
        connection.execute(
            "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF (SELECT count(*) > 0 FROM rebuild_vendors.vendor) THEN PERFORM pg_advisory_xact_lock(4711); END IF;"
            " RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE TRIGGER slow BEFORE INSERT ON rebuild_vendors.vendor"
            " FOR EACH STATEMENT EXECUTE FUNCTION stand_still()"
        )
        connection.execute("SELECT pg_advisory_lock(4711)")
        yield connection


def test_killed_half_way_it_goes_on_where_it_was(world: World, cli: subprocess.Popen[str]) -> None:
    own = "FROM pg_stat_activity WHERE application_name = 'travellr-rebuild-vendors'"
    with superuser(world.url) as watch:
        eventually(lambda: watch.execute(f"SELECT {own} AND wait_event = 'advisory'".encode()).fetchall())
        cli.kill()
        cli.wait(10)
        # What the killed process left running in the server must not finish its work.
        watch.execute(f"SELECT pg_terminate_backend(pid) {own}".encode())
        eventually(lambda: not watch.execute(f"SELECT {own}".encode()).fetchall())
        watch.execute("DROP TRIGGER slow ON rebuild_vendors.vendor")
        assert world.rows("SELECT name, position FROM ops.rebuild") == [("vendors", FIRST)]
    seen: list[tuple[str, int, int]] = []
    done = rebuild(world.url, projection_named("vendors"), lambda *what: seen.append(what))
    assert seen[0] == ("fill", FIRST, EVENTS)
    assert done.position == EVENTS
    with superuser(world.url) as connection:
        assert compare(connection, PROJECTIONS["vendors"]) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("react",), "a reaction must not fire again"),
        (("nonsense",), "There is no read model 'nonsense'"),
        ((), "Name a read model, or --all"),
        (("bookings", "--rollback"), "No tables of bookings are kept"),
    ],
)
def test_what_it_refuses_it_refuses_in_a_sentence(
    world: World, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    with command(world, tmp_path, "rebuild", *arguments) as process:
        said, _ = process.communicate(timeout=30)
    assert sentence in said
    assert "Traceback" not in said
    assert process.returncode in {1, 2}
