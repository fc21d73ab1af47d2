"""Followers whose connections are cut, who are two of one name, and who hear no NOTIFY."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from projections.catalogue import PROJECTIONS
from tests.integration.followed import head, position_of, vendors
from tests.integration.journey import Journey, registered
from tests.integration.servers import eventually
from tests.integration.world import World, running, superuser
from workers.follower import Followed, FollowerThread
from workers.listener import listen

VENDORS = Followed(PROJECTIONS["vendors"])
Asleep = Callable[[float], AbstractContextManager[list[FollowerThread]]]


def backends(url: str, name: str) -> list[int]:
    """The connections of this application name."""
    with superuser(url) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
        return [pid for (pid,) in connection.execute(query, (f"travellr-{name}",))]


def cut(url: str, name: str) -> None:
    """Kill the connections of this name, once there are some."""
    pids = eventually(lambda: backends(url, name))
    with superuser(url) as connection:
        for pid in pids:
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))


class TestCut:
    def test_a_follower_whose_connection_is_killed_catches_up(self, world: World) -> None:
        with running(world.url, VENDORS):
            registered(world, "vendor")
            eventually(lambda: vendors(world) == 1)
            cut(world.url, "follower-vendors")
            registered(world, "vendor")
            eventually(lambda: vendors(world) == 2)

    def test_a_listener_whose_connection_is_killed_listens_again(self, world: World) -> None:
        with running(world.url, VENDORS, listen=True) as (follower,):
            cut(world.url, "listen")
            eventually(lambda: backends(world.url, "listen"))

            def heard() -> bool:
                follower.wake.clear()
                world.own.execute("NOTIFY travellr_log")
                return follower.wake.wait(0.2)

            eventually(heard)

    def test_without_any_notification_the_timer_is_enough(self, world: World) -> None:
        with running(world.url, VENDORS):
            eventually(lambda: backends(world.url, "follower-vendors"))
            registered(world, "vendor")
            eventually(lambda: vendors(world) == 1)


class TestWhoIsWoken:
    """Threads that are not started, so that nobody but the test sees and forgets that they were woken."""

    @pytest.fixture
    def asleep(self, world: World) -> Asleep:
        """The followers of vendors and of listings, in this order, after the listener has begun to listen."""

        @contextmanager
        def listening(quiet_s: float) -> Iterator[list[FollowerThread]]:
            stop = threading.Event()
            followers = [FollowerThread(world.url, one, stop) for one in (VENDORS, Followed(PROJECTIONS["listings"]))]
            thread = threading.Thread(target=listen, args=(world.url, followers, stop, quiet_s))
            thread.start()
            for follower in followers:
                assert follower.wake.wait(10)
                follower.wake.clear()
            yield followers
            stop.set()
            thread.join(10)

        return listening

    def test_at_once_only_whom_the_event_concerns(self, world: World, asleep: Asleep) -> None:
        with asleep(60) as (vendors_follower, listings_follower):
            registered(world, "vendor")
            assert vendors_follower.wake.wait(10)
            assert not listings_follower.wake.is_set()

    def test_the_others_soon_for_their_checkpoints(self, world: World, asleep: Asleep) -> None:
        with asleep(0.01) as (_, listings_follower):
            registered(world, "vendor")
            assert listings_follower.wake.wait(10)

    def test_everybody_at_once_when_nobody_knows_what_it_is(self, world: World, asleep: Asleep) -> None:
        with asleep(60) as followers, superuser(world.url) as connection:
            connection.execute(
                "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)"
                " VALUES (gen_random_uuid(), 1, 'from.the_future', '{}', 1, '{}')"
            )
            connection.execute("NOTIFY travellr_log")
            assert all(follower.wake.wait(10) for follower in followers)


class TestTwoOfOneName:
    def test_only_one_follows_and_the_other_takes_over_when_it_ends(self, world: World) -> None:
        with running(world.url, VENDORS):
            eventually(lambda: holders(world) == 1)
            with running(world.url, VENDORS) as (second,):
                eventually(lambda: len(backends(world.url, "follower-vendors")) == 2)
                registered(world, "vendor")
                eventually(lambda: vendors(world) == 1)
                assert holders(world) == 1
                assert second.is_alive()
                leader = lock_pids(world)
                with superuser(world.url) as connection:
                    connection.execute("SELECT pg_terminate_backend(%s)", leader)
                eventually(lambda: (now := lock_pids(world)) and now != leader)
                registered(world, "vendor")
                eventually(lambda: vendors(world) == 2)

    def test_the_rows_are_right_with_four_of_each(self, world: World) -> None:
        """Doubled amounts would show in the ledger."""
        journal = Followed(PROJECTIONS["journal"])
        with running(world.url, *[journal] * 4):
            journey = Journey(world)
            for _ in range(5):
                journey.cancelled(journey.confirmed())
            eventually(lambda: position_of(world, "journal") == head(world))
        summed = world.rows(
            "SELECT account, sum(debit_minor), sum(credit_minor) FROM read.journal GROUP BY 1 ORDER BY 1"
        )
        assert world.rows("SELECT account, debit_minor, credit_minor FROM read.ledger_account ORDER BY 1") == summed


def lock_pids(world: World) -> list[int]:
    query = (
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND classid::int = hashtext('travellr.follower')"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with superuser(world.url) as connection:
        return [pid for (pid,) in connection.execute(query.encode())]


def holders(world: World) -> int:
    return len(lock_pids(world))
