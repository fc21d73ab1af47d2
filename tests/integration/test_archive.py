"""What was closed over a year ago leaves the log for its archive, and nobody who reads notices."""

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from commands.expire_booking import ExpireBooking
from infrastructure.archive import archive, ready
from infrastructure.database import connect
from infrastructure.invariants import check
from infrastructure.log_tail import known_topics, read_next
from infrastructure.replay import compare
from projections.catalogue import PROJECTIONS
from tests.integration.appends import log_on_the_bench
from tests.integration.journey import Journey, whole_journey
from tests.integration.world import World, superuser, world_on

YEARS = timedelta(days=731)
EVERYTHING = (
    "SELECT notification_id, originator_id, originator_version, topic, state, metadata::text, recorded_at"
    " FROM log.events_between(0, %s) ORDER BY notification_id"
)


@pytest.fixture
def told(world: World) -> Journey:
    """A world in which everything has happened, with every follower level."""
    journey = whole_journey(world)
    world.follow()
    return journey


def archived(world: World) -> int:
    """Archive as if two years had passed; how many events were moved."""
    return sum(moved.events for moved in archive(world.own, world.now() + YEARS))


def head(world: World) -> int:
    return int(world.rows("SELECT max(notification_id) FROM log.events")[0][0])


def test_every_event_is_read_as_before_and_every_read_model_rebuilt_is_equal(world: World, told: Journey) -> None:
    before = world.rows(EVERYTHING, head(world))
    streams = list({row[1] for row in before})
    found = check(world.own)
    with log_on_the_bench(world.url) as bench:
        events = {stream_id: bench.stream(stream_id) for stream_id in streams}
    expected = ready(world.own, world.now() + YEARS)
    moved = archived(world)
    assert 0 < moved < len(before)
    assert sum(month.bookings for month in expected) >= 8
    assert ready(world.own, world.now() + YEARS) == []
    assert world.rows("SELECT count(*) FROM log.events") == [(len(before) - moved,)]
    assert world.rows(EVERYTHING, head(world)) == before
    with log_on_the_bench(world.url) as bench:
        assert {stream_id: bench.stream(stream_id) for stream_id in streams} == events
    with superuser(world.url) as connection:
        assert [differs for projection in PROJECTIONS.values() for differs in compare(connection, projection)] == []
    assert check(world.own) == found


def test_what_is_young_or_has_open_money_stays(world: World, told: Journey) -> None:
    assert [*archive(world.own, world.now() + timedelta(days=300))] == []
    confirmed = Journey(world).confirmed()
    world.follow()
    world.own.execute("UPDATE read.refund SET status = 'failed' WHERE status = 'succeeded'")
    open_money = {row[0] for row in world.rows("SELECT booking_id FROM read.refund WHERE status = 'failed'")}
    assert open_money
    archived(world)
    stayed = {row[0] for row in world.rows("SELECT DISTINCT originator_id FROM log.events")}
    assert open_money | {confirmed} <= stayed


def test_a_late_command_continues_an_archived_stream(world: World, told: Journey, tmp_path: Path) -> None:
    """A payment that expired with its booking, and succeeded at the provider two years later."""
    journey = Journey(world)
    booking_id = journey.paying()
    world.travel(world.now() + timedelta(hours=1))
    world.do(ExpireBooking(booking_id))
    Journey(world).held()
    world.follow()
    world.own.execute("UPDATE read.payment SET status = 'failed' WHERE booking_id = %s", (booking_id,))
    archived(world)
    assert world.rows("SELECT 1 FROM log.events WHERE originator_id = %s", booking_id) == []
    with world_on(world.url, tmp_path / "beside") as fresh:
        journey.world = fresh
        journey.stripe_says(booking_id, "succeeded")
    versions = world.rows(
        "SELECT originator_version FROM log.events_of(ARRAY[%s::uuid]) ORDER BY notification_id", booking_id
    )
    assert versions == [(n,) for n in range(1, len(versions) + 1)]
    assert world.rows("SELECT 1 FROM log.events WHERE originator_id = %s", booking_id) != []
    with log_on_the_bench(world.url) as bench:
        assert [event.originator_version for event in bench.stream(booking_id)] == [n for (n,) in versions]


def test_the_newest_event_is_never_archived(world: World, told: Journey) -> None:
    booking_id = Journey(world).held()
    world.travel(world.now() + timedelta(hours=1))
    world.do(ExpireBooking(booking_id))
    world.follow()
    newest = head(world)
    archived(world)
    assert head(world) == newest
    assert world.rows("SELECT 1 FROM log.archived WHERE stream_id = %s", booking_id) == []


def test_whoever_reads_in_order_while_it_is_archived_misses_nothing_and_sees_nothing_twice(
    world: World, told: Journey
) -> None:
    everything = [row[0] for row in world.rows(EVERYTHING, head(world))]
    seen: list[int] = []
    with closing(connect(world.url, name="reader")) as reader:
        mover = threading.Thread(target=archived, args=(world,))
        mover.start()
        position = 0
        while position < everything[-1]:
            read = read_next(reader, position, everything[-1], list(known_topics()), 7)
            seen += [row[0] for row in read.rows]
            position = read.read_to
        mover.join()
    assert seen == everything


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log.archive",
        "UPDATE log.archive SET month = month",
        "TRUNCATE log.archive CASCADE",
        "INSERT INTO log.archived VALUES (gen_random_uuid(), 1)",
        "DELETE FROM log.events",
    ],
)
def test_the_running_system_can_move_events_but_not_change_them(world: World, told: Journey, statement: str) -> None:
    archived(world)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.own.execute(statement.encode())
