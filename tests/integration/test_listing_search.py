"""Search: by words, place and kind, by dates that have room; a page at a time, and never slower than its indexes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.actor import Actor
from queries.listing_search import LOOKED_AT_MAX, Dates, Wanted, parameters, question
from queries.scope import After, Page
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

BODY = {"time_zone": "Europe/Berlin", "price": {"amount": 5_000, "currency": "EUR"}}
ANYBODY = Actor(UUID(int=1), "traveller")


@pytest.fixture
async def http(http: Http) -> Http:
    for person, role in (("vera", "vendor"), ("rival", "vendor"), ("ada", "traveller"), ("op", "operator")):
        await http.join_staff(person, role)
    return http


async def offered(http: Http, title: str, kind: str = "departure", **more: Any) -> str:
    answer = await http("POST", "/listings", "vera", json={**BODY, "title": title, "kind": kind, **more})
    assert answer.status_code == 201, answer.text
    listing_id: str = answer.json()["id"]
    return listing_id


async def opened(http: Http, listing_id: str, **opening: Any) -> None:
    answer = await http("POST", f"/listings/{listing_id}/openings", "vera", json={"capacity": 2, **opening})
    assert answer.status_code == 201, answer.text


async def found(http: Http, person: str = "ada", **asked: Any) -> list[str]:
    answer = await http("GET", "/listings", person, params=asked)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


async def test_words_are_found_by_their_beginnings_in_any_order_whatever_their_accents(http: Http) -> None:
    await offered(http, "Kayaking on the Spree", place="Berlin", description="Four hours with a guide.")
    await offered(http, "Café crawl", place="São Paulo")
    await offered(http, "Hop-on/hop-off bus", place="Berlin")
    await http.follow()
    assert await found(http, q="kayak") == ["Kayaking on the Spree"]
    assert await found(http, q="SPREE kayak") == ["Kayaking on the Spree"]
    assert await found(http, q="guide") == ["Kayaking on the Spree"]
    assert await found(http, q="cafe sao") == ["Café crawl"]
    assert await found(http, q="hop off") == ["Hop-on/hop-off bus"]
    assert await found(http, place="berlin") == ["Hop-on/hop-off bus", "Kayaking on the Spree"]
    assert await found(http, place="spree") == []
    assert await found(http, q="hop", place="Berl") == ["Hop-on/hop-off bus"]
    assert await found(http, q="ka") == []
    assert await found(http, q="submarine") == []
    assert await found(http, q="  ") == ["Hop-on/hop-off bus", "Café crawl", "Kayaking on the Spree"]
    for odd in ("'", "\\", "a & b | !c", ":*", "kayak:*", "(", "%", "🚣", "x" * 200, "' OR 1=1 --"):
        assert len(await found(http, q=odd)) <= 1, odd


async def test_what_was_renamed_is_found_by_its_new_name(http: Http) -> None:
    listing_id = await offered(http, "Kayaking")
    await http("PATCH", f"/listings/{listing_id}", "vera", json={"title": "Canoeing", "place": "Spandau"})
    await http.follow()
    assert (await found(http, q="kayak"), await found(http, q="canoe", place="spandau")) == ([], ["Canoeing"])


async def test_only_what_is_on_offer_is_found_by_others(http: Http) -> None:
    await offered(http, "Draft", draft=True)
    paused = await offered(http, "Paused")
    await http("POST", f"/listings/{paused}/pause", "vera")
    await offered(http, "Boat", kind="stay")
    await http.follow()
    assert await found(http) == ["Boat"]
    assert await found(http, "rival", q="draft") == []
    assert await found(http, "vera") == ["Boat", "Paused", "Draft"]
    assert await found(http, "op", status="draft") == ["Draft"]
    assert (await found(http, kind="stay"), await found(http, kind="departure")) == (["Boat"], [])


async def test_a_departure_has_room_if_any_in_the_range_does(http: Http) -> None:
    listing_id = await offered(http, "Tour")
    series = {"starts_at": "2027-06-01T10:00:00", "ends_at": "2027-06-01T11:00:00", "rrule": "FREQ=DAILY;COUNT=2"}
    await opened(http, listing_id, **series)
    await http.follow()
    days = {"from": "2027-06-01", "to": "2027-06-03"}
    assert await found(http, **days) == ["Tour"]
    assert await found(http, **{"from": "2027-06-02"}) == ["Tour"]
    assert await found(http, **{"from": "2027-06-03"}) == []
    assert await found(http, **days, quantity=3) == []
    # Ten o'clock in Berlin is eight in UTC.
    assert await found(http, **{"from": "2027-06-02T08:00:00Z", "to": "2027-06-02T08:00:01Z"}) == ["Tour"]
    assert await found(http, **{"from": "2027-06-02T08:00:01Z", "to": "2027-06-03T08:00:00Z"}) == []

    held = {"listing_id": listing_id, "starts_at": "2027-06-02T10:00:00", "quantity": 2}
    assert (await http("POST", "/bookings", "ada", json=held)).status_code == 201
    assert await found(http, **{"from": "2027-06-02"}) == []
    assert await found(http, **days) == ["Tour"]
    http.sql("UPDATE ops.clock SET ahead = '1 hour'")
    assert await found(http, **{"from": "2027-06-02"}, quantity=2) == ["Tour"]
    http.sql("UPDATE capacity.cell SET closed = true")
    assert await found(http, **days) == []


async def test_what_has_begun_has_no_room(http: Http) -> None:
    listing_id = await offered(http, "Tour")
    today = datetime.now(UTC).replace(microsecond=0)
    starts_at, ends_at = today + timedelta(minutes=5), today + timedelta(minutes=65)
    await opened(http, listing_id, starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat())
    await http.follow()
    day = {"from": (today - timedelta(days=1)).isoformat(), "to": (today + timedelta(days=1)).isoformat()}
    assert await found(http, **day) == ["Tour"]
    http.sql("UPDATE ops.clock SET ahead = '10 minutes'")
    assert await found(http, **day) == []


async def test_a_stay_has_room_if_every_night_does(http: Http) -> None:
    listing_id = await offered(http, "House boat", kind="stay")
    await opened(http, listing_id, first_night="2027-03-26", last_night="2027-03-29")
    await http.follow()
    assert await found(http, **{"from": "2027-03-26", "to": "2027-03-30"}) == ["House boat"]
    assert await found(http, **{"from": "2027-03-28", "to": "2027-03-29"}, quantity=2) == ["House boat"]
    assert await found(http, **{"from": "2027-03-29"}) == ["House boat"]
    assert await found(http, **{"from": "2027-03-29", "to": "2027-03-31"}) == []
    assert await found(http, **{"from": "2027-03-25", "to": "2027-03-27"}) == []
    http.sql("UPDATE capacity.cell SET sold = 1 WHERE starts_at::date = '2027-03-28'")
    assert await found(http, **{"from": "2027-03-26", "to": "2027-03-30"}, quantity=2) == []
    assert await found(http, **{"from": "2027-03-26", "to": "2027-03-30"}, quantity=1) == ["House boat"]


async def test_dates_that_make_no_sense_are_refused(http: Http) -> None:
    for asked, field in (
        ({"to": "2027-06-01"}, "to"),
        ({"quantity": 2}, "quantity"),
        ({"from": "2027-06-02", "to": "2027-06-02"}, "to"),
        ({"from": "2027-06-02", "to": "2028-06-30"}, "to"),
        ({"from": "2027-06-02", "to": "2027-06-03T00:00:00Z"}, "to"),
        ({"from": "soon"}, "from"),
        ({"from": "2027-06-02", "quantity": 0}, "quantity"),
        ({"q": "x" * 201}, "q"),
        ({"q": "\x00"}, "q"),
        ({"kind": "cruise"}, "kind"),
    ):
        answer = await http("GET", "/listings", "ada", params=asked)
        assert is_problem(answer, 422, "validation_failed"), asked
        assert field in answer.json()["errors"][0]["field"], answer.text


async def test_pages_stay_as_they_are_while_listings_are_added(http: Http) -> None:
    made = [await offered(http, f"Tour {n}") for n in range(5)]
    await http.follow()
    first = (await http("GET", "/listings?limit=2&q=tour", "ada")).json()
    await offered(http, "Tour 6")
    await http.follow()
    seen, cursor = [item["id"] for item in first["items"]], first["next_cursor"]
    while cursor:
        page = (await http("GET", "/listings", "ada", params={"limit": 2, "q": "tour", "cursor": cursor})).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]


LISTINGS = 20_000


@pytest.fixture
def many_listings(database_url: str) -> Iterator[Connection[TupleRow]]:
    """Each with a cell of 8 July 2027, of which only those of the oldest listing has room."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO read.listing SELECT gen_random_uuid(), gen_random_uuid(),
                   'Tour ' || n || CASE WHEN n %% 1000 = 0 THEN ' kayak' ELSE '' END, 'With a guide', 'Town' || n %% 97,
                   'departure', 'Europe/Berlin', '', '', 100, 'EUR', '{}', 'instant', 'PT24H',
                   'published', '2026-01-01'::timestamptz + n * interval '1 minute', 1
              FROM generate_series(1, %(listings)s) AS n
            """,
            {"listings": LISTINGS},
        )
        connection.execute(
            """
            INSERT INTO capacity.cell SELECT listing_id, '2027-07-08 08:00Z', '2027-07-08 09:00Z', 1, 0,
                   CASE WHEN title = 'Tour 1' THEN 0 ELSE 1 END
              FROM read.listing
            """
        )
        connection.execute("ANALYZE read.listing")
        connection.execute("ANALYZE capacity.cell")
        yield connection


DAY = Dates(datetime(2027, 7, 8), datetime(2027, 7, 9), 1)  # noqa: DTZ001 - read where the listing is
HALFWAY = Page(50, After(datetime(2026, 1, 7, tzinfo=UTC), UUID(int=1)))


@pytest.mark.parametrize(
    ("wanted", "page", "index"),
    [
        (Wanted(), Page(50), "listing_newest"),
        (Wanted(), HALFWAY, "listing_newest"),
        (Wanted(kind="departure"), Page(50), "listing_newest"),
        (Wanted(words="tour"), Page(50), "listing_newest"),
        (Wanted(words="kayak"), Page(50), "listing_search"),
        (Wanted(words="kayak", place="town7", dates=DAY), Page(50), "listing_search"),
        (Wanted(words="submarine"), HALFWAY, "listing_search"),
        (Wanted(dates=DAY), Page(50), "cell_pkey"),
        (Wanted(vendor_id=UUID(int=7)), Page(50), "listing_of_vendor"),
    ],
)
def test_no_search_goes_through_all_listings(
    many_listings: Connection[TupleRow], wanted: Wanted, page: Page, index: str
) -> None:
    asked = parameters(ANYBODY, page, wanted)
    rows = many_listings.execute(b"EXPLAIN " + question(wanted).encode(), asked, prepare=False).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan on listing" not in plan, plan
    assert "Seq Scan on cell" not in plan, plan
    assert index in plan, plan


async def test_a_page_looks_at_so_many_listings_and_the_next_one_goes_on(
    http: Http, many_listings: Connection[TupleRow]
) -> None:
    """The only listing with room is the last one to be looked at."""
    asked: dict[str, Any] = {"from": "2027-07-08"}
    pages = 0
    titles: list[str] = []
    while pages == 0 or "cursor" in asked:
        answer = (await http("GET", "/listings", "ada", params=asked)).json()
        titles += [item["title"] for item in answer["items"]]
        asked = {"from": "2027-07-08"} | ({"cursor": answer["next_cursor"]} if answer["next_cursor"] else {})
        pages += 1
        assert pages <= LISTINGS // LOOKED_AT_MAX + 1
    assert titles == ["Tour 1"]
    assert pages == LISTINGS // LOOKED_AT_MAX + 1
