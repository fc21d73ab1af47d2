"""All bookings of a vendor live over a real socket: nothing missed, nothing twice, in order, and nobody else's."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from api.routes.vendor_stream import AT_ONCE
from api.watching import OF_ACCOUNT_MAX
from commands.reschedule_booking import RescheduleBooking
from domain.actor import Actor
from infrastructure.embedded.postgres import PostgresServer
from tests.integration.journey import Journey, registered
from tests.integration.servers import eventually, own_database
from tests.integration.streams import Api, News, api_process
from tests.integration.world import World, superuser, world_on

STREAM = "/vendors/me/stream"


@pytest.fixture(scope="module")
def api(cluster: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One process for the tests of this file, and no follower: what is said is read from the log alone."""
    with (
        own_database(cluster) as url,
        world_on(url, tmp_path_factory.mktemp("home")) as world,
        api_process(world) as api,
    ):
        yield api


@pytest.fixture
def journey(api: Api) -> Journey:
    return Journey(api.world)


def head(world: World) -> int:
    (position,) = world.row("SELECT coalesce(max(notification_id), 0) FROM log.events")
    return int(position)


def happened(world: World, *booking_ids: UUID) -> list[int]:
    query = "SELECT notification_id FROM log.events WHERE originator_id = ANY(%s) ORDER BY 1"
    return [position for (position,) in world.rows(query, list(booking_ids))]


class Reader:
    """A vendor's front end: what it has been told, and the id that it would come again with."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.last_id: str | None = None

    @property
    def positions(self) -> list[int]:
        return [event["position"] for event in self.told]

    @contextmanager
    def reading(self, api: Api, headers: dict[str, str], **query: Any) -> Iterator[Iterator[str]]:
        again = {} if self.last_id is None else {"Last-Event-ID": self.last_id}
        with api.streamed(STREAM, {**headers, **again}, **query) as answer:
            assert answer.status_code == 200, answer.read()
            yield answer.iter_lines()

    def take(self, lines: Iterator[str]) -> bool:
        """One event, with or without data; False at the end."""
        news = News()
        for line in lines:
            news.take(line)
            if line == "" and news.ids:
                self.last_id = str(news.ids[-1])
                self.told += news.events
                return True
        return False


def test_each_change_of_any_booking_is_told_once_with_the_status_that_it_led_to(api: Api, journey: Journey) -> None:
    reader, headers = Reader(), api.headers(journey.vendor)
    with reader.reading(api, headers) as lines:
        assert reader.take(lines)
        assert reader.told == [], "it begins now, and says where that is"
        first, second = journey.confirmed(), journey.held()
        journey.cancelled(first)
        while len(reader.told) < 5:
            assert reader.take(lines)
    assert reader.positions == happened(api.world, first, second)
    said = [(e["booking_id"], e["type"], e["status"], e["version"]) for e in reader.told]
    assert said == [
        (str(first), "booking.held", "held", 1),
        (str(first), "booking.payment_started", "awaiting_payment", 2),
        (str(first), "booking.confirmed", "confirmed", 3),
        (str(second), "booking.held", "held", 1),
        (str(first), "booking.cancelled", "cancelled", 4),
    ]
    fields = {"position", "type", "at", "booking_id", "listing_id", "version", "status"}
    assert {frozenset(event) for event in reader.told} == {frozenset(fields)}, "and nothing about the traveller"


def test_from_a_position_on_everything_is_told(api: Api, journey: Journey) -> None:
    before = head(api.world)
    booking_ids = [journey.confirmed() for _ in range(3)]
    reader = Reader()
    with reader.reading(api, api.headers(journey.vendor), after=before) as lines:
        while len(reader.told) < 9:
            assert reader.take(lines)
    assert reader.positions == happened(api.world, *booking_ids)


def test_cut_off_at_random_under_load_nothing_is_missed_and_nothing_told_twice(api: Api) -> None:
    """Two vendors at once, several bookings each, all changing."""
    journeys = [Journey(api.world), Journey(api.world)]
    kept = {journey.vendor_id: [journey.confirmed() for _ in range(4)] for journey in journeys}
    begin, done, chance = head(api.world), threading.Event(), random.Random(8)  # noqa: S311 - where to cut

    def busy() -> None:
        for turn in range(10):
            for journey in journeys:
                for booking_id in kept[journey.vendor_id]:
                    change = RescheduleBooking(booking_id, quantity=1 + turn % 2 + booking_id.int % 2)
                    api.world.do(change, Actor(uuid4(), "operator"))
        done.set()

    def follow(journey: Journey, reader: Reader) -> None:
        headers, deadline = api.headers(journey.vendor), time.monotonic() + 60
        reader.last_id = str(begin)
        while not done.is_set() or len(reader.told) < len(since(api.world, begin, kept[journey.vendor_id])):
            assert time.monotonic() < deadline
            left = max(0, len(since(api.world, begin, kept[journey.vendor_id])) - len(reader.told))
            with reader.reading(api, headers) as lines:
                assert all(reader.take(lines) for _ in range(min(left, chance.randint(1, 6))))

    for_each = [(journey, Reader()) for journey in journeys]
    busy_one = threading.Thread(target=busy)
    busy_one.start()
    for journey, reader in for_each:
        follow(journey, reader)
    busy_one.join()
    for journey, reader in for_each:
        assert reader.positions == since(api.world, begin, kept[journey.vendor_id])


def since(world: World, begin: int, booking_ids: list[UUID]) -> list[int]:
    with closing(psycopg.connect(world.url, autocommit=True)) as own:
        query = "SELECT notification_id FROM log.events WHERE originator_id = ANY(%s) AND notification_id > %s"
        return sorted(position for (position,) in own.execute(query, (booking_ids, begin)))


def test_many_changes_at_once_are_all_told_in_order(api: Api, journey: Journey) -> None:
    """More than are put together at once, from the beginning of the log on."""
    booking_ids = [journey.confirmed() for _ in range(AT_ONCE // 2)]
    reader = Reader()
    with reader.reading(api, api.headers(journey.vendor), after=0) as lines:
        while len(reader.told) < 3 * len(booking_ids):
            assert reader.take(lines)
    assert reader.positions == happened(api.world, *booking_ids)


def test_many_streams_have_one_listener_and_hold_no_connection(api: Api) -> None:
    vendors = [Journey(api.world) for _ in range(3)]
    with ExitStack() as stack:
        readers = []
        for journey in vendors:
            headers = api.headers(journey.vendor)
            for _ in range(OF_ACCOUNT_MAX):
                reader = Reader()
                readers.append((journey, reader, stack.enter_context(reader.reading(api, headers))))
        for _, reader, lines in readers:
            assert reader.take(lines)
        assert listeners(api.world) == 1
        held = {journey.vendor_id: journey.held() for journey in vendors}
        for journey, reader, lines in readers:
            assert reader.take(lines)
            assert [event["booking_id"] for event in reader.told] == [str(held[journey.vendor_id])]
        with api.streamed(STREAM, api.headers(vendors[0].vendor)) as answer:
            assert answer.status_code == 429
            answer.read()
            assert answer.json()["code"] == "too_many_streams"
    eventually(lambda: listeners(api.world) == 0)


def listeners(world: World) -> int:
    query = "SELECT FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
    with superuser(world.url) as connection:
        return len(connection.execute(query, ("travellr-api-listen",)).fetchall())


class TestWhoMay:
    @pytest.mark.parametrize("role", ["traveller", "operator", "finance", "auditor", "admin"])
    def test_it_is_for_vendors(self, api: Api, role: Any) -> None:
        with api.streamed(STREAM, api.headers(registered(api.world, role))) as answer:
            assert answer.status_code == 403
            answer.read()
            assert answer.json()["code"] == "not_allowed"

    def test_without_a_token_there_is_nothing(self, api: Api) -> None:
        with api.streamed(STREAM, {}) as answer:
            assert answer.status_code == 401

    def test_it_ends_soon_after_its_session(self, api: Api, journey: Journey) -> None:
        session, reader = api.signed_in(journey.vendor), Reader()
        with reader.reading(api, {"Authorization": f"Bearer {api.token(session)}"}) as lines:
            assert reader.take(lines)
            api.world.own.execute(
                "UPDATE ops.session SET ended_at = clock_timestamp() WHERE session_id = %s", (session.session_id,)
            )
            begun = time.monotonic()
            assert not reader.take(lines)
        assert time.monotonic() - begun < 10


def test_a_process_that_is_told_to_end_ends_its_streams(database_url: str, tmp_path: Any) -> None:
    with world_on(database_url, tmp_path) as world, api_process(world) as api:
        reader = Reader()
        with reader.reading(api, api.headers(Journey(world).vendor)) as lines:
            assert reader.take(lines)
            api.process.terminate()
            assert not reader.take(lines)
        assert api.process.wait(20) in {0, -signal.SIGTERM}
