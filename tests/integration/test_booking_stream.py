"""A booking live over a real socket: nothing missed, nothing twice, for nobody else, not for longer than allowed."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from api.watching import OF_ACCOUNT_MAX
from commands.reschedule_booking import RescheduleBooking
from domain.actor import Actor
from infrastructure.embedded.postgres import PostgresServer
from projections.catalogue import PROJECTIONS
from tests.integration.journey import Journey, registered
from tests.integration.servers import eventually, own_database
from tests.integration.streams import Api, News, api_process
from tests.integration.world import World, running, superuser, world_on
from workers.follower import Followed


@pytest.fixture(scope="module")
def api(cluster: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One process for the tests of this file; each makes bookings and people of its own."""
    with (
        own_database(cluster) as url,
        world_on(url, tmp_path_factory.mktemp("home")) as world,
        api_process(world) as api,
        running(url, Followed(PROJECTIONS["bookings"]), listen=True),
    ):
        yield api


@pytest.fixture
def journey(api: Api) -> Journey:
    return Journey(api.world)


def positions(world: World, booking_id: UUID) -> list[int]:
    query = "SELECT notification_id FROM log.events WHERE originator_id = %s ORDER BY 1"
    return [position for (position,) in world.rows(query, booking_id)]


def read_until(answer: httpx.Response, enough: Callable[[News], bool]) -> News:
    """Lines of a stream until it has said enough, or has ended."""
    assert answer.status_code == 200, answer.read()
    news = News()
    for line in answer.iter_lines():
        news.take(line)
        if line == "" and enough(news):
            break
    return news


def seen(count: int) -> Callable[[News], bool]:
    return lambda news: len(news.events) >= count


class TestWhatIsSaid:
    def test_it_begins_with_what_is_and_goes_on_with_what_happens(self, api: Api, journey: Journey) -> None:
        booking_id = journey.held()
        with api.stream(booking_id, api.headers(journey.traveller)) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-accel-buffering"] == "no"
            assert "content-encoding" not in answer.headers
            lines, news = answer.iter_lines(), News()
            while not news.events:
                news.take(next(lines))
            journey.cancelled(booking_id)
            while len(news.events) < 2:
                news.take(next(lines))
        first, last = news.events
        assert (first["type"], first["status"], first["booking"]["status"]) == ("booking.held", "held", "held")
        assert (last["type"], last["status"], last["booking"]["status"]) == ("booking.cancelled",) + ("cancelled",) * 2
        assert news.ids == [first["position"], last["position"]] == positions(api.world, booking_id)

    def test_from_a_position_on_everything_is_said_with_the_status_of_then(self, api: Api, journey: Journey) -> None:
        booking_id = journey.confirmed()
        with api.stream(booking_id, api.headers(journey.vendor), after=0) as answer:
            news = read_until(answer, seen(3))
        assert [event["status"] for event in news.events] == ["held", "awaiting_payment", "confirmed"]
        assert {event["booking"]["status"] for event in news.events} == {"confirmed"}
        assert news.ids == positions(api.world, booking_id)

    def test_the_header_of_a_reconnecting_client_counts(self, api: Api, journey: Journey) -> None:
        booking_id = journey.confirmed()
        at = positions(api.world, booking_id)
        headers = api.headers(journey.traveller, **{"Last-Event-ID": str(at[1])})
        with api.stream(booking_id, headers, after=0) as answer:
            assert read_until(answer, seen(1)).ids == at[2:]

    def test_cut_off_at_random_nothing_is_missed_and_nothing_said_twice(self, api: Api, journey: Journey) -> None:
        booking_id, headers, done = journey.confirmed(), api.headers(journey.traveller), threading.Event()
        chance = random.Random(8)  # noqa: S311 - where to cut, the same at each run

        def busy() -> None:
            for quantity in (2, 1, 3, 2, 1, 2, 3, 1):
                api.world.do(RescheduleBooking(booking_id, quantity=quantity), Actor(uuid4(), "operator"))
            done.set()

        said: list[int] = []
        work = threading.Thread(target=busy)
        work.start()
        deadline = time.monotonic() + 30
        while not (done.is_set() and said == positions(api.world, booking_id)):
            assert time.monotonic() < deadline, (said, positions(api.world, booking_id))
            last = str(said[-1]) if said else "0"
            with api.stream(booking_id, {**headers, "Last-Event-ID": last}) as answer:
                left = len(positions(api.world, booking_id)) - len(said)
                said += read_until(answer, seen(chance.randint(1, max(1, left)))).ids if left else []
        work.join()
        assert len(said) == len(set(said))


class TestWaking:
    def test_without_any_notification_the_timer_is_enough(self, api: Api, journey: Journey) -> None:
        """The connection that listens is cut, and what is written says nothing."""
        booking_id = journey.held()
        with api.stream(booking_id, api.headers(journey.traveller)) as answer:
            lines, news = answer.iter_lines(), News()
            while not news.events:
                news.take(next(lines))
            for pid in eventually(lambda: listeners(api.world)):
                with superuser(api.world.url) as connection:
                    connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
            journey.cancelled(booking_id)
            while len(news.events) < 2:
                news.take(next(lines))

    def test_a_hundred_streams_have_one_listener_and_hold_no_connection(self, api: Api, journey: Journey) -> None:
        booking_id = journey.held()
        people = [registered(api.world, "operator") for _ in range(5)]
        with ExitStack() as stack:
            streams = [
                stack.enter_context(api.stream(booking_id, api.headers(person))).iter_lines()
                for person in people
                for _ in range(OF_ACCOUNT_MAX)
            ]
            for lines in streams:
                until_event(lines)
            assert len(listeners(api.world)) == 1
            assert connections(api.world) < 40
            journey.cancelled(booking_id)
            assert {until_event(lines)["status"] for lines in streams} == {"cancelled"}
        eventually(lambda: not listeners(api.world))


class TestWhoMay:
    def test_somebody_elses_is_not_there(self, api: Api, journey: Journey) -> None:
        stranger = registered(api.world, "traveller")
        for booking_id in (journey.held(), uuid4()):
            with api.stream(booking_id, api.headers(stranger)) as answer:
                assert answer.status_code == 404
                answer.read()
                assert answer.json()["code"] == "not_found"

    def test_without_a_token_there_is_nothing(self, api: Api, journey: Journey) -> None:
        with api.stream(journey.held(), {}) as answer:
            assert answer.status_code == 401

    def test_it_ends_soon_after_its_session(self, api: Api, journey: Journey) -> None:
        session = api.signed_in(journey.traveller)
        with api.stream(journey.held(), {"Authorization": f"Bearer {api.token(session)}"}) as answer:
            lines = answer.iter_lines()
            until_event(lines)
            api.world.own.execute(
                "UPDATE ops.session SET ended_at = clock_timestamp() WHERE session_id = %s", (session.session_id,)
            )
            begun = time.monotonic()
            assert not [line for line in lines if line.startswith("data")]
        assert time.monotonic() - begun < 10

    def test_one_account_has_so_many_and_no_more(self, api: Api, journey: Journey) -> None:
        booking_id, headers = journey.held(), api.headers(journey.traveller)
        with ExitStack() as stack:
            open_ones = [
                stack.enter_context(api.stream(booking_id, headers)).iter_lines() for _ in range(OF_ACCOUNT_MAX)
            ]
            for lines in open_ones:
                until_event(lines)
            with api.stream(booking_id, headers) as answer:
                assert answer.status_code == 429
                answer.read()
                assert answer.json()["code"] == "too_many_streams"
                assert answer.headers["retry-after"]

        def room() -> bool:
            with api.stream(booking_id, headers) as answer:
                return answer.status_code == 200

        eventually(room)


def test_a_process_that_is_told_to_end_does_not_wait_for_its_streams(database_url: str, tmp_path: Any) -> None:
    with world_on(database_url, tmp_path) as world, api_process(world) as api:
        journey = Journey(world)
        booking_id = journey.held()
        world.follow()
        with api.stream(booking_id, api.headers(journey.traveller)) as answer:
            lines = answer.iter_lines()
            until_event(lines)
            begun = time.monotonic()
            api.process.terminate()
            assert not [line for line in lines if line.startswith("data")], "it ended in peace"
        assert api.process.wait(20) in {0, -signal.SIGTERM}  # uvicorn ends by the signal that it was sent.
        assert time.monotonic() - begun < 8


def until_event(lines: Iterator[str]) -> Any:
    news = News()
    while not news.events:
        news.take(next(lines))
    return news.events[0]


def listeners(world: World) -> list[int]:
    query = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
    with superuser(world.url) as connection:
        return [pid for (pid,) in connection.execute(query, ("travellr-api-listen",))]


def connections(world: World) -> int:
    with psycopg.connect(world.url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()").fetchone()
    assert row is not None
    count: int = row[0]
    return count
