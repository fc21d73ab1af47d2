"""Rebuilding a read model while everybody works: nobody notices, and what differs is never switched to."""

from functools import partial

import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure import rebuild as rebuilding
from infrastructure.database import connect
from infrastructure.rebuild import Differs, RebuildRefused, Switched, projection_named, rebuild, rollback
from infrastructure.replay import compare
from projections.catalogue import PROJECTIONS
from tests.integration.busywork import Work, Writer, at_the_same_time
from tests.integration.journey import Journey, whole_journey
from tests.integration.servers import eventually
from tests.integration.world import World, running, superuser
from workers.follower import Followed


@pytest.fixture
def told(world: World) -> Journey:
    """A world in which everything has happened, with every follower level."""
    journey = whole_journey(world)
    world.follow()
    return journey


def silent(_stage: str, _position: int, _upto: int) -> None:
    """Nobody looks at the progress."""


def rebuilt(world: World, name: str, *, accept: bool = False) -> Switched:
    return rebuild(world.url, projection_named(name), silent, accept=accept)


def same_as_the_log(world: World, name: str) -> bool:
    with superuser(world.url) as connection:
        return compare(connection, PROJECTIONS[name]) == []


class Reader(Work):
    """Reads as the API does, several tables in one query too; a table that is empty for a moment would be an error."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        super().__init__()
        self._connection = connection

    def once(self) -> None:
        query = (
            "SELECT (SELECT count(*) FROM read.booking), (SELECT count(*) FROM read.refund),"
            " (SELECT count(*) FROM read.payment), (SELECT count(*) FROM read.journal)"
        )
        row = self._connection.execute(query).fetchone()
        assert row is not None
        assert all(row), row


def busy(before: tuple[int, int], reader: Work, writer: Work) -> bool:
    return reader.times > before[0] and writer.times > before[1]


def test_under_writers_readers_and_its_follower_it_is_switched_and_nobody_notices(world: World) -> None:
    journey = Journey(world)
    journey.cancelled(journey.confirmed())
    world.follow()
    names = ("bookings", "payments", "journal")
    with (
        running(world.url, *(Followed(PROJECTIONS[name]) for name in names), listen=True),
        connect(world.url, name="test-reader") as connection,
        at_the_same_time(Reader(connection)) as reader,
        at_the_same_time(Writer(journey)) as writer,
    ):
        for name in (*names, *names):
            before = (reader.times, writer.times)
            assert rebuilt(world, name).differences == ()
            eventually(partial(busy, before, reader, writer))
    world.follow()
    assert all(same_as_the_log(world, name) for name in names)
    assert world.rows("SELECT name FROM ops.follower WHERE error IS NOT NULL") == []


@pytest.mark.parametrize("name", PROJECTIONS)
def test_every_read_model_can_be_rebuilt_with_its_indexes_and_grants(world: World, told: Journey, name: str) -> None:
    tables = list(PROJECTIONS[name].tables)
    shape = (
        "SELECT tablename, indexname, indexdef, (SELECT relacl::text FROM pg_class AS c"
        "   WHERE c.oid = ('read.' || tablename)::regclass),"
        " (SELECT array_agg(conname || pg_get_constraintdef(k.oid) ORDER BY conname) FROM pg_constraint AS k"
        "   WHERE k.conrelid = ('read.' || tablename)::regclass AND contype <> 'n')"
        " FROM pg_indexes WHERE schemaname = 'read' AND tablename = ANY(%s) ORDER BY 2"
    )
    before = world.rows(shape, tables)
    assert before
    rebuilt(world, name)
    assert world.rows(shape, tables) == before
    assert same_as_the_log(world, name)
    assert world.rows("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 're%%\\_%%' ORDER BY 1") == [
        (f"retired_{name}",)
    ]


class TestDifferences:
    def test_a_changed_row_is_named_and_stops_the_switch_until_it_is_accepted(
        self, world: World, told: Journey
    ) -> None:
        booking_id, status = world.rows("SELECT booking_id, status FROM read.booking ORDER BY 1")[0]
        world.own.execute("UPDATE read.booking SET status = 'lost' WHERE booking_id = %s", (booking_id,))
        with pytest.raises(Differs) as differs:
            rebuilt(world, "bookings")
        [table] = differs.value.rows
        assert (table.table, table.total) == ("booking", 1)
        assert table.rows[0].key == {"booking_id": str(booking_id)}
        assert table.rows[0].columns == {"status": ("lost", status)}
        assert world.rows("SELECT 1 FROM read.booking WHERE status = 'lost'") == [(1,)]
        assert rebuilt(world, "bookings", accept=True).differences == (table,)
        assert same_as_the_log(world, "bookings")

    def test_money_that_moves_after_the_comparison_is_still_seen(
        self, world: World, told: Journey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As if the rows had been equal a moment ago: counts and sums are compared once more before the switch."""
        monkeypatch.setattr(rebuilding, "_compared_row_by_row", lambda *_: [])
        world.own.execute("UPDATE read.ledger_account SET debit_minor = debit_minor + 1 WHERE account = 'suspense'")
        world.own.execute(
            "UPDATE read.journal SET debit_minor = debit_minor + (debit_minor > 0)::int,"
            " credit_minor = credit_minor + (credit_minor > 0)::int"
            " WHERE position = (SELECT min(position) FROM read.journal)"
        )
        with pytest.raises(Differs) as differs:
            rebuilt(world, "journal")
        assert [table for table, _, _ in differs.value.sums] == ["journal", "ledger_account"]


class TestRollback:
    def test_the_old_tables_catch_up_and_are_live_again(self, world: World, told: Journey) -> None:
        world.own.execute("UPDATE read.booking SET currency = 'OLD'")
        rebuilt(world, "bookings", accept=True)
        journey = Journey(world)
        journey.cancelled(journey.confirmed())
        world.follow()
        assert rollback(world.url, projection_named("bookings"), silent).position == position(world)
        assert world.rows("SELECT currency, count(*) > 1 FROM read.booking GROUP BY 1 ORDER BY 1") == [
            ("EUR", False),
            ("OLD", True),
        ]
        rollback(world.url, projection_named("bookings"), silent)
        assert same_as_the_log(world, "bookings")

    def test_without_kept_tables_it_says_so(self, world: World) -> None:
        with pytest.raises(RebuildRefused, match="No tables of bookings are kept"):
            rollback(world.url, projection_named("bookings"), silent)

    def test_kept_tables_that_are_ahead_cannot_go_back(self, world: World, told: Journey) -> None:
        rebuilt(world, "bookings")
        world.own.execute("UPDATE ops.follower SET position = 1 WHERE name = 'bookings'")
        with pytest.raises(RebuildRefused, match="ahead of the live ones at 1"):
            rollback(world.url, projection_named("bookings"), silent)

    def test_tables_of_other_columns_cannot_go_back(self, world: World, told: Journey) -> None:
        rebuilt(world, "bookings")
        with superuser(world.url) as connection:
            connection.execute("ALTER TABLE read.booking ADD COLUMN colour text")
        with pytest.raises(RebuildRefused, match="has other columns"):
            rollback(world.url, projection_named("bookings"), silent)


class TestRefused:
    def test_reactions_and_unknown_names_are_refused(self) -> None:
        with pytest.raises(RebuildRefused, match="a reaction must not fire again"):
            projection_named("react")
        with pytest.raises(RebuildRefused, match="There is no read model 'nonsense'"):
            projection_named("nonsense")

    def test_a_long_query_is_not_disturbed_and_the_live_tables_stay(
        self, world: World, told: Journey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rebuilding, "SWITCH_ATTEMPTS_MAX", 2)
        with connect(world.url, name="test-long") as reader, reader.transaction():
            reader.execute("SELECT count(*) FROM read.booking")
            with pytest.raises(RebuildRefused, match="Long queries hold the tables"):
                rebuilt(world, "bookings")
            assert reader.execute("SELECT count(*) > 0 FROM read.booking").fetchone() == (True,)
        assert rebuilt(world, "bookings").position == position(world)

    def test_two_rebuilds_of_one_name_do_not_meet(self, world: World, told: Journey) -> None:
        with superuser(world.url) as other:
            other.execute("SELECT pg_advisory_lock(hashtext('travellr.rebuild'), hashtext('bookings'))")
            with pytest.raises(RebuildRefused, match="Another rebuild of bookings is running"):
                rebuilt(world, "bookings")


def position(world: World) -> int:
    at: int = world.row("SELECT max(notification_id) FROM log.events")[0]
    return at
