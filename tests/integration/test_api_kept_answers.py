"""Listings and availability are answered from the cache, and never as they were before what one has just done."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
import pytest

from api.app import create_app
from api.edge import Edge
from api.hearing import cells_subject, listing_subject
from infrastructure.embedded.valkey import ValkeyServer
from infrastructure.settings import Settings
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

DRAFT = {
    "title": "Kayak tour",
    "kind": "departure",
    "time_zone": "Europe/Lisbon",
    "price": {"amount": 5_000, "currency": "EUR"},
}
SINCE, UNTIL = "2027-06-01T00:00:00Z", "2027-06-02T00:00:00Z"


@pytest.fixture(params=["valkey", "memory"])
def settings(request: pytest.FixtureRequest, settings: Settings, valkey: ValkeyServer) -> Settings:
    return settings.model_copy(update={"redis_url": valkey.url if request.param == "valkey" else None})


@pytest.fixture
async def http(http: Http) -> Http:
    await http.join_staff("vera", "vendor")
    await http.join("ada", "traveller")
    return http


async def left(http: Http, listing_id: str, **request: object) -> int:
    path = f"/listings/{listing_id}/availability?from={SINCE}&to={UNTIL}"
    answer = await http("GET", path, "ada", **request)
    assert answer.status_code == 200, answer.text
    (cell,) = answer.json()["cells"]
    available: int = cell["available"]
    return available


async def hearing(http: Http, *subjects: str) -> None:
    """Until this process hears well: before that, nothing is kept."""
    edge: Edge = http.app.state.edge
    end = time.monotonic() + 10
    while any(edge.hearing.newest_of(subject) is None for subject in subjects):
        assert time.monotonic() < end, "it hears nothing"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def another_process(http: Http) -> AsyncIterator[Http]:
    """The same application once more, on the same database and the same cache."""
    app = create_app(http.settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://travellr.test/api/v1") as client,
    ):
        yield Http(app, http.settings, client, http.tokens)


async def kept(http: Http, listing_id: str) -> int:
    """Look until the answer is one that is kept; what is left."""
    await hearing(http, cells_subject(UUID(listing_id)))
    return await left(http, listing_id)


def behind_its_back(http: Http, listing_id: str, capacity: int) -> None:
    """The database is changed, and nobody says so: who answers as before, answers from the cache."""
    http.sql("UPDATE capacity.cell SET capacity = %s WHERE listing_id = %s", capacity, listing_id)


async def test_what_was_just_asked_is_answered_from_the_cache(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=5)
    await http.follow()
    assert await kept(http, listing_id) == 5
    behind_its_back(http, listing_id, 4)
    assert await left(http, listing_id) == 5
    other = f"/listings/{listing_id}/availability?from={SINCE}&to=2027-06-03T00:00:00Z"
    assert (await http("GET", other, "ada")).json()["cells"][0]["available"] == 4


async def test_who_has_just_booked_or_cancelled_sees_it(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=5)
    await http.follow()
    assert await kept(http, listing_id) == 5
    booked = (await http.hold("ada", listing_id, 2)).json()
    assert await left(http, listing_id) == 3
    assert (await http("POST", f"/bookings/{booked['id']}/cancel", "ada", json={})).status_code == 200
    assert await left(http, listing_id) == 5
    opening = {"starts_at": "2027-06-01T12:00:00Z", "ends_at": "2027-06-01T13:00:00Z", "capacity": 1}
    await http("POST", f"/listings/{listing_id}/openings", "vera", json=opening)
    path = f"/listings/{listing_id}/availability?from={SINCE}&to={UNTIL}"
    assert len((await http("GET", path, "ada")).json()["cells"]) == 2


async def test_what_another_process_does_is_heard_of_soon_and_at_once_by_position(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=50)
    await http.follow()
    async with another_process(http) as other:
        await kept(other, listing_id)
        for taken in range(1, 9):
            assert await kept(http, listing_id) <= 50
            position = (await other.hold("ada", listing_id)).headers["Travellr-Position"]
            await http.follow()
            path = f"/listings/{listing_id}/availability?from={SINCE}&to={UNTIL}&min_position={position}"
            answer = await http("GET", path, "ada")
            assert answer.json()["cells"][0]["available"] == 50 - taken
            assert int(answer.headers["Travellr-Position"]) >= int(position)
        end = time.monotonic() + 5
        await other.hold("ada", listing_id)
        while await left(http, listing_id) != 41:
            assert time.monotonic() < end
            await asyncio.sleep(0.01)


async def test_a_listing_is_kept_until_it_changes_and_a_draft_never(http: Http) -> None:
    listing_id = await http.departure("vera")
    path = f"/listings/{listing_id}"
    await http.follow()
    await http("GET", path, "ada")
    await hearing(http, listing_subject(UUID(listing_id)))
    first = await http("GET", path, "ada")
    http.sql("UPDATE read.listing SET title = 'Changed in secret' WHERE listing_id = %s", listing_id)
    again = await http("GET", path, "ada")
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])
    changed = await http("PATCH", path, "vera", json={"title": "Kayak at night"})
    await http.follow()
    position = changed.headers["Travellr-Position"]
    after = await http("GET", f"{path}?min_position={position}", "ada")
    assert (after.json()["title"], after.headers["ETag"]) == ("Kayak at night", changed.headers["ETag"])
    draft = (await http("POST", "/listings", "vera", json={**DRAFT, "draft": True})).json()["id"]
    await http.follow()
    for person, status in (("vera", 200), ("ada", 404), ("vera", 200), ("ada", 404)):
        assert (await http("GET", f"/listings/{draft}", person)).status_code == status


class TestWithoutRedis:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"redis_url": "redis://127.0.0.1:9"})

    async def test_everything_is_answered_by_the_database(self, http: Http) -> None:
        listing_id = await http.departure("vera", capacity=5)
        await http.follow()
        assert await kept(http, listing_id) == 5
        behind_its_back(http, listing_id, 4)
        assert await left(http, listing_id) == 4
        assert is_problem(await http("GET", f"/listings/{uuid4()}", "ada"), 404)


async def test_a_jump_of_the_clock_is_believed_at_once(http: Http) -> None:
    """A hold runs out by the clock, without any event."""
    listing_id = await http.departure("vera", capacity=5)
    await http.hold("ada", listing_id, 2)
    await http.follow()
    assert await kept(http, listing_id) == 3
    http.sql("UPDATE ops.clock SET ahead = ahead + interval '1 hour'")
    assert (await http("POST", "/sandbox/clock", json={"advance": "PT0S"})).status_code == 200
    assert await left(http, listing_id) == 5
