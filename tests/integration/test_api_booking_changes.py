"""Over HTTP: bookings changed, cancelled in part, and asked for; what costs more is paid before it is so."""

import asyncio

import pytest

from tests.integration.bookings_over_http import (
    nights,
    paid,
    pay,
    read,
    refunds,
    start_paying,
    stay,
    stripe_says,
    with_people,
)
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(http: Http) -> Http:
    return await with_people(http)


async def test_a_stay_is_booked_by_its_nights_or_by_check_in_and_check_out(http: Http) -> None:
    listing_id = await stay(http)
    held = await nights(http, listing_id, "2027-06-02", "2027-06-04")
    assert held.status_code == 201
    booking = held.json()
    assert (booking["kind"], booking["nights"], booking["price"]["amount"]) == ("stay", 3, 30_000)
    assert (booking["starts_at"], booking["ends_at"]) == ("2027-06-02T13:00:00Z", "2027-06-05T09:00:00Z")
    assert await read(http, booking["id"]) == booking

    instants = {"starts_at": "2027-06-02T15:00:00", "ends_at": "2027-06-05T11:00:00", "quantity": 1}
    again = await http("POST", "/bookings", "eve", json={"listing_id": listing_id, **instants})
    assert again.json()["nights"] == 3
    full = await http("POST", "/bookings", "eve", json={"listing_id": listing_id, **instants})
    assert is_problem(full, 409, "sold_out")


@pytest.mark.parametrize(
    ("times", "status", "code"),
    [
        ({"first_night": "2027-06-09", "last_night": "2027-06-11"}, 409, "sold_out"),
        ({"first_night": "2027-06-04", "last_night": "2027-06-02"}, 422, "not_nights"),
        ({"first_night": "2027-06-04"}, 422, "validation_failed"),
        ({}, 422, "validation_failed"),
        ({"starts_at": "2027-06-02T15:00:00"}, 422, "not_nights"),
        ({"starts_at": "2027-06-02T16:00:00", "ends_at": "2027-06-05T11:00:00"}, 422, "not_nights"),
        ({"first_night": "2027-06-04", "last_night": "2027-06-05", "starts_at": "2027-06-04T15:00:00"}, 422, None),
    ],
)
async def test_other_times_of_a_stay_are_refused(http: Http, times: dict[str, str], status: int, code: str) -> None:
    listing_id = await stay(http)
    answer = await http("POST", "/bookings", "ada", json={"listing_id": listing_id, "quantity": 1, **times})
    assert is_problem(answer, status, code)


async def test_a_departure_has_no_nights(http: Http) -> None:
    listing_id = await http.departure("vera")
    assert is_problem(await nights(http, listing_id, "2027-06-01", "2027-06-01"), 422, "wrong_kind")


async def test_more_places_wait_to_be_paid_and_are_kept_meanwhile(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=3)
    booking_id = await paid(http, listing_id)
    changed = await http("PATCH", f"/bookings/{booking_id}", "ada", json={"quantity": 3})
    assert changed.status_code == 200
    waiting = changed.json()["pending_change"]
    assert (waiting["quantity"], waiting["price"]["amount"], waiting["due"]["amount"]) == (3, 15_000, 10_000)
    assert (changed.json()["status"], changed.json()["quantity"]) == ("confirmed", 1)
    assert await read(http, booking_id) == changed.json()
    assert is_problem(await http.hold("eve", listing_id), 409, "sold_out")

    payment = await start_paying(http, booking_id)
    assert payment["amount"] == {"amount": 10_000, "currency": "EUR"}
    await stripe_says(http, payment, "requires_payment_method", error_code="card_declined")
    assert (await read(http, booking_id))["pending_change"] is not None
    await pay(http, booking_id)
    booking = await read(http, booking_id)
    assert (booking["quantity"], booking["price"]["amount"], booking["pending_change"]) == (3, 15_000, None)


async def test_a_change_that_is_not_paid_lets_its_places_go(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=3)
    booking_id = await paid(http, listing_id)
    await http("PATCH", f"/bookings/{booking_id}", "ada", json={"quantity": 3})
    http.sql("UPDATE ops.clock SET ahead = '1 hour'")
    assert (await http.hold("eve", listing_id, 2)).status_code == 201
    late = await http("POST", f"/bookings/{booking_id}/payments", "ada", json={"payment_method": "pm_card_visa"})
    assert is_problem(late, 409, "hold_expired")
    assert (await read(http, booking_id))["quantity"] == 1


async def test_a_stay_is_moved_made_shorter_and_longer(http: Http) -> None:
    listing_id = await stay(http)
    booking_id = (await nights(http, listing_id, "2027-06-02", "2027-06-04")).json()["id"]
    await pay(http, booking_id)
    path = f"/bookings/{booking_id}"
    moved = await http("PATCH", path, "ada", json={"first_night": "2027-06-05", "last_night": "2027-06-07"})
    assert (moved.json()["starts_at"], moved.json()["nights"]) == ("2027-06-05T13:00:00Z", 3)
    shorter = await http("PATCH", path, "ada", json={"last_night": "2027-06-06"})
    assert (shorter.json()["nights"], shorter.json()["price"]["amount"], refunds(http)) == (2, 20_000, [10_000])
    local = {"starts_at": "2027-06-04T15:00:00", "ends_at": "2027-06-07T11:00:00"}
    longer = await http("PATCH", path, "ada", json=local)
    assert longer.json()["pending_change"]["due"]["amount"] == 10_000
    assert await read(http, booking_id) == longer.json()


async def test_a_change_is_refused_by_name(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=2)
    booking_id = await paid(http, listing_id)
    path = f"/bookings/{booking_id}"
    refused = {
        "sold_out": {"quantity": 3},
        "no_such_departure": {"starts_at": "2027-06-01T10:00:00Z"},
        "wrong_kind": {"first_night": "2027-06-01"},
    }
    for code, body in refused.items():
        assert is_problem(
            await http("PATCH", path, "ada", json=body),
            {"no_such_departure": 404}.get(code, 422 if code == "wrong_kind" else 409),
            code,
        )
    assert is_problem(await http("PATCH", path, "eve", json={"quantity": 2}), 404, "not_found")
    assert is_problem(await http("PATCH", path, "vera", json={"quantity": 2}), 403, "not_allowed")
    assert is_problem(await http("PATCH", path, "ada", json={"quantity": 0}), 422, "validation_failed")
    assert is_problem(await http("PATCH", path, "ada", json={"price": 1}), 422, "validation_failed")
    stale = await http("PATCH", path, "ada", json={"quantity": 2}, headers={"If-Match": '"1"'})
    assert is_problem(stale, 412, "version_mismatch")


async def test_one_key_changes_once(http: Http) -> None:
    booking_id = await paid(http, await http.departure("vera"))
    key = {"Idempotency-Key": "three of us"}
    answers = await asyncio.gather(
        *(http("PATCH", f"/bookings/{booking_id}", "ada", json={"quantity": 3}, headers=key) for _ in range(5))
    )
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].status_code == 200
    assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'booking.change_started'") == [(1,)]


async def test_a_part_is_previewed_and_cancelled_as_promised(http: Http) -> None:
    booking_id = await paid(http, await http.departure("vera"), 3)
    path = f"/bookings/{booking_id}"
    preview = (await http("GET", f"{path}/cancellation?quantity=2", "ada")).json()
    assert preview["refund"] == {"amount": 10_000, "currency": "EUR"}
    whole = await http("POST", f"{path}/cancel", "ada", json={"preview_token": preview["preview_token"]})
    assert is_problem(whole, 409, "preview_outdated")
    other = {"preview_token": preview["preview_token"], "part": {"quantity": 1}}
    assert is_problem(await http("POST", f"{path}/cancel", "ada", json=other), 409, "preview_outdated")
    promised = {"preview_token": preview["preview_token"], "part": {"quantity": 2}, "reason": "two are ill"}
    left = await http("POST", f"{path}/cancel", "ada", json=promised)
    assert (left.status_code, left.json()["status"], left.json()["quantity"]) == (200, "confirmed", 1)
    assert (await read(http, booking_id), refunds(http)) == (left.json(), [10_000])


async def test_nights_at_an_end_are_given_back(http: Http) -> None:
    listing_id = await stay(http, capacity=1)
    booking_id = (await nights(http, listing_id, "2027-06-02", "2027-06-05")).json()["id"]
    await pay(http, booking_id)
    path = f"/bookings/{booking_id}"
    ask = "first_night=2027-06-04&last_night=2027-06-05"
    assert (await http("GET", f"{path}/cancellation?{ask}", "ada")).json()["refund"]["amount"] == 20_000
    middle = {"part": {"first_night": "2027-06-03", "last_night": "2027-06-04"}}
    assert is_problem(await http("POST", f"{path}/cancel", "ada", json=middle), 422, "not_a_part")
    body = {"part": {"first_night": "2027-06-04", "last_night": "2027-06-05"}}
    left = await http("POST", f"{path}/cancel", "ada", json=body)
    assert (left.json()["nights"], left.json()["ends_at"]) == (2, "2027-06-04T09:00:00Z")
    assert (await nights(http, listing_id, "2027-06-04", "2027-06-05")).status_code == 201


@pytest.mark.parametrize(
    "part",
    [{}, {"quantity": 1, "first_night": "2027-06-01"}, {"first_night": "2027-06-01"}, {"quantity": 0}, {"seats": 1}],
)
async def test_a_part_that_says_nothing_is_refused(http: Http, part: dict[str, object]) -> None:
    booking_id = await paid(http, await http.departure("vera"), 3)
    answer = await http("POST", f"/bookings/{booking_id}/cancel", "ada", json={"part": part})
    assert is_problem(answer, 422, "validation_failed")
    asked = await http(
        "GET", f"/bookings/{booking_id}/cancellation", "ada", params=part or {"first_night": "2027-06-01"}
    )
    if "seats" not in part:
        assert is_problem(asked, 422, "validation_failed")


async def test_who_does_not_come_is_recorded_by_the_vendor(http: Http) -> None:
    booking_id = await paid(http, await http.departure("vera"))
    path = f"/bookings/{booking_id}/no-show"
    assert is_problem(await http("POST", path, "vera"), 409, "not_begun")
    assert is_problem(await http("POST", path, "ada"), 403, "not_allowed")
    http.sql("UPDATE ops.clock SET ahead = timestamptz '2027-06-01T09:00:00Z' - clock_timestamp()")
    assert (await http("POST", path, "vera")).json()["status"] == "no_show"
    assert (await read(http, booking_id))["status"] == "no_show"
    assert is_problem(await http("POST", f"/bookings/{booking_id}/cancel", "ada"), 409, "wrong_state")


async def test_a_traveller_holds_no_more_than_ten_unpaid_bookings_even_at_once(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=50)
    answers = await asyncio.gather(*(http.hold("ada", listing_id) for _ in range(25)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 15
    assert all(is_problem(answer, 409, "too_many_holds") for answer in answers if answer.status_code == 409)
    assert (await http.hold("eve", listing_id)).status_code == 201

    first = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    assert (await http("POST", f"/bookings/{first}/cancel", "ada")).status_code == 200
    again = await http.hold("ada", listing_id)
    assert again.status_code == 201
    await pay(http, again.json()["id"])
    assert (await http.hold("ada", listing_id)).status_code == 201
    http.sql("UPDATE ops.clock SET ahead = '1 hour'")
    assert (await http.hold("ada", listing_id)).status_code == 201
