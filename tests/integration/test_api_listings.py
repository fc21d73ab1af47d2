"""Listings over HTTP: offered, changed, opened by rules and by nights, closed, and what is left of them."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from commands.append import Meta
from commands.record_payment import Intent, RecordPayment
from domain.actor import SYSTEM
from infrastructure.capacity_replay import compare_capacity
from infrastructure.database import connect
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

TOUR = {
    "title": "Kayak tour",
    "kind": "departure",
    "time_zone": "Europe/Berlin",
    "price": {"amount": 5_000, "currency": "EUR"},
}
STAY = {
    "title": "House boat",
    "place": "Berlin",
    "kind": "stay",
    "time_zone": "Europe/Berlin",
    "price": {"amount": 12_000, "currency": "EUR"},
}


@pytest.fixture
async def http(http: Http) -> Http:
    for person, role in (("vera", "vendor"), ("rival", "vendor"), ("ada", "traveller"), ("op", "operator")):
        await http.join_staff(person, role)
    return http


async def offered(http: Http, body: dict[str, Any], **more: Any) -> str:
    answer = await http("POST", "/listings", "vera", json={**body, **more})
    assert answer.status_code == 201, answer.text
    listing_id: str = answer.json()["id"]
    return listing_id


async def opened(http: Http, listing_id: str, **opening: Any) -> httpx.Response:
    return await http("POST", f"/listings/{listing_id}/openings", "vera", json={"capacity": 5, **opening})


async def cells_of(http: Http, listing_id: str, since: str, until: str) -> list[dict[str, Any]]:
    await http.follow()
    answer = await http("GET", f"/listings/{listing_id}/availability?from={since}&to={until}", "ada")
    assert answer.status_code == 200, answer.text
    cells: list[dict[str, Any]] = answer.json()["cells"]
    return cells


async def test_a_stay_says_when_guests_come_and_a_departure_does_not(http: Http) -> None:
    stay = (await http("POST", "/listings", "vera", json={**STAY, "check_in": "16:00"})).json()
    assert (stay["kind"], stay["check_in"], stay["check_out"], stay["place"]) == ("stay", "16:00", "11:00", "Berlin")
    assert (stay["booking_mode"], stay["answer_within"]) == ("instant", None)
    tour = (await http("POST", "/listings", "vera", json={**TOUR, "booking_mode": "request"})).json()
    assert (tour["check_in"], tour["check_out"], tour["place"]) == (None, None, "")
    assert (tour["booking_mode"], tour["answer_within"]) == ("request", "PT24H")
    await http.follow()
    for made in (stay, tour):
        assert (await http("GET", f"/listings/{made['id']}", "ada")).json() == made


async def test_what_a_listing_says_can_be_changed_by_its_vendor(http: Http) -> None:
    listing_id = await offered(http, TOUR)
    changes = {"title": "Canoe tour", "place": "Spree", "price": {"amount": 6_000, "currency": "EUR"}}
    more = {"terms": "strict", "booking_mode": "request", "answer_within": "PT12H"}
    changed = await http("PATCH", f"/listings/{listing_id}", "vera", json=changes | more, headers={"If-Match": '"2"'})
    assert changed.status_code == 200, changed.text
    now = changed.json()
    assert {name: now[name] for name in changes} == changes
    assert (now["terms"]["name"], now["booking_mode"], now["answer_within"]) == ("strict", "request", "PT12H")
    assert (changed.headers["etag"], now["version"], now["description"]) == ('"6"', 6, "")
    await http.follow()
    assert (await http("GET", f"/listings/{listing_id}", "ada")).json() == now

    late = await http("PATCH", f"/listings/{listing_id}", "vera", json={"title": "X"}, headers={"If-Match": '"2"'})
    assert is_problem(late, 412, "version_mismatch")
    assert is_problem(await http("PATCH", f"/listings/{listing_id}", "rival", json={"title": "X"}), 404, "not_found")
    nothing = await http("PATCH", f"/listings/{listing_id}", "vera", json={})
    assert (nothing.status_code, nothing.headers["etag"]) == (200, '"6"')


async def test_a_series_keeps_its_local_time_when_the_clocks_change(http: Http) -> None:
    listing_id = await offered(http, TOUR)
    answer = await opened(
        http,
        listing_id,
        starts_at="2027-03-27T10:00:00",
        ends_at="2027-03-27T13:00:00",
        rrule="FREQ=DAILY;UNTIL=20270329",
    )
    assert answer.status_code == 201
    assert answer.json() == {"cells": 3, "starts_at": "2027-03-27T09:00:00Z", "ends_at": "2027-03-29T11:00:00Z"}
    cells = await cells_of(http, listing_id, "2027-03-27", "2027-03-30")
    assert [(cell["starts_at"], cell["ends_at"]) for cell in cells] == [
        ("2027-03-27T09:00:00Z", "2027-03-27T12:00:00Z"),
        ("2027-03-28T08:00:00Z", "2027-03-28T11:00:00Z"),
        ("2027-03-29T08:00:00Z", "2027-03-29T11:00:00Z"),
    ]


async def test_one_key_opens_a_series_once(http: Http) -> None:
    listing_id = await offered(http, TOUR)
    series = {"starts_at": "2027-06-01T08:00:00Z", "ends_at": "2027-06-01T09:00:00Z", "rrule": "FREQ=DAILY;COUNT=9"}
    body = {"capacity": 5, **series}
    path, key = f"/listings/{listing_id}/openings", {"Idempotency-Key": "the series"}
    first = await http("POST", path, "vera", json=body, headers=key)
    again = await http("POST", path, "vera", json=body, headers=key)
    assert (first.status_code, again.content) == (201, first.content)
    assert is_problem(await http("POST", path, "vera", json=body), 409, "opened_already")
    assert len(await cells_of(http, listing_id, "2027-06-01", "2027-07-01")) == 9


async def test_nights_are_opened_from_the_first_to_the_last(http: Http) -> None:
    listing_id = await offered(http, STAY)
    answer = await opened(http, listing_id, first_night="2027-03-27", last_night="2027-03-29", capacity=2)
    assert answer.json() == {"cells": 3, "starts_at": "2027-03-27T14:00:00Z", "ends_at": "2027-03-30T09:00:00Z"}
    cells = await cells_of(http, listing_id, "2027-03-28", "2027-03-30")
    assert [(cell["starts_at"], cell["ends_at"], cell["available"]) for cell in cells] == [
        ("2027-03-28T13:00:00Z", "2027-03-29T09:00:00Z", 2),
        ("2027-03-29T13:00:00Z", "2027-03-30T09:00:00Z", 2),
    ]
    again = await opened(http, listing_id, first_night="2027-03-29", last_night="2027-03-31")
    assert is_problem(again, 409, "opened_already")


async def test_cells_can_be_changed_closed_and_opened_again(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=5)
    assert (await http.hold("ada", listing_id, 3)).status_code == 201
    path, day = f"/listings/{listing_id}/cells", {"from": "2027-06-01", "to": "2027-06-02"}
    assert is_problem(await http("PATCH", path, "vera", json={**day, "capacity": 2}), 409, "below_sold")
    changed = await http("PATCH", path, "vera", json={**day, "capacity": 4, "closed": True, "reason": "Low water"})
    assert changed.status_code == 200, changed.text
    # Lisbon is an hour ahead of UTC in summer.
    assert changed.json() == {
        "starts_from": "2027-05-31T23:00:00Z",
        "starts_before": "2027-06-01T23:00:00Z",
        "capacity": 4,
        "closed": True,
    }
    [cell] = await cells_of(http, listing_id, **_range(day))
    assert (cell["capacity"], cell["available"], cell["closed"]) == (4, 0, True)
    assert is_problem(await http.hold("ada", listing_id), 409, "sold_out")

    assert (await http("PATCH", path, "vera", json={**day, "closed": False})).status_code == 200
    [cell] = await cells_of(http, listing_id, **_range(day))
    assert (cell["capacity"], cell["available"], cell["closed"]) == (4, 1, False)
    assert (await http.hold("ada", listing_id)).status_code == 201

    elsewhere = {"from": "2027-06-02", "to": "2027-06-03", "closed": True}
    assert is_problem(await http("PATCH", path, "vera", json=elsewhere), 409, "no_such_cells")
    assert is_problem(await http("PATCH", path, "rival", json={**day, "closed": True}), 404, "not_found")


def _range(day: dict[str, str]) -> dict[str, str]:
    return {"since": day["from"], "until": day["to"]}


async def test_the_guard_with_changed_cells_is_what_the_log_says(http: Http) -> None:
    listing_id = await offered(http, STAY)
    await opened(http, listing_id, first_night="2027-06-01", last_night="2027-06-10")
    path = f"/listings/{listing_id}/cells"
    for change in (
        {"from": "2027-06-02", "to": "2027-06-05", "capacity": 7},
        {"from": "2027-06-04", "to": "2027-06-08", "closed": True},
        {"from": "2027-06-04", "to": "2027-06-06", "capacity": 3},
        {"from": "2027-06-05", "to": "2027-06-06", "closed": False},
        {"from": "2027-06-09", "to": "2027-06-30", "closed": True},
    ):
        assert (await http("PATCH", path, "vera", json=change)).status_code == 200
    # What is opened later, in the same range, is not what was changed before.
    await opened(http, listing_id, first_night="2027-06-11", last_night="2027-06-12")
    capacities = http.sql("SELECT capacity, closed FROM capacity.cell ORDER BY starts_at")
    assert capacities == [
        (5, False),
        (7, False),
        (7, False),
        (3, True),
        (3, False),
        (5, True),
        (5, True),
        (5, False),
        (5, True),
        (5, True),
        (5, False),
        (5, False),
    ]
    assert differences_of_capacity(http) == []
    http.sql("UPDATE capacity.cell SET closed = false")
    assert differences_of_capacity(http) == ["capacity.cell"]


def differences_of_capacity(http: Http) -> list[str]:
    assert http.settings.database_url is not None
    with connect(http.settings.database_url, name="test") as connection:
        return [found.table for found in compare_capacity(connection)]


async def test_availability_shows_nothing_that_an_expired_hold_blocks(http: Http) -> None:
    """Also where a short departure stands within a longer one: a claim on the one takes nothing of the other."""
    listing_id = await http.departure("vera", capacity=2)
    short = {"starts_at": "2027-06-01T09:30:00Z", "ends_at": "2027-06-01T10:00:00Z", "capacity": 2}
    assert (await opened(http, listing_id, **short)).status_code == 201
    assert (await http.hold("ada", listing_id, 2)).status_code == 201
    day = {"since": "2027-06-01", "until": "2027-06-02"}
    assert [cell["available"] for cell in await cells_of(http, listing_id, **day)] == [0, 2]
    http.sql("UPDATE ops.clock SET ahead = '1 hour'")
    assert [cell["available"] for cell in await cells_of(http, listing_id, **day)] == [2, 2]


async def test_nor_what_was_held_for_a_change_that_nobody_paid(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=5)
    booking_id = (await http.hold("ada", listing_id)).json()["id"]
    payment = (
        await http("POST", f"/bookings/{booking_id}/payments", "ada", json={"payment_method": "pm_card_visa"})
    ).json()
    intent = Intent("pi_1", "succeeded", payment["amount"]["amount"], "EUR", "ch_1")
    paid = RecordPayment(UUID(payment["id"]), intent)
    await http.app.state.edge.house.dispatch(paid, meta=Meta(SYSTEM, "RecordPayment", "test"))
    changed = await http("PATCH", f"/bookings/{booking_id}", "ada", json={"quantity": 3})
    assert changed.status_code == 200, changed.text
    day = {"since": "2027-06-01", "until": "2027-06-02"}
    assert [cell["available"] for cell in await cells_of(http, listing_id, **day)] == [2]
    http.sql("UPDATE ops.clock SET ahead = '2 hours'")
    assert [cell["available"] for cell in await cells_of(http, listing_id, **day)] == [4]
