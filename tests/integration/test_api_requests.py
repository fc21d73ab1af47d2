"""Request to book over HTTP: set aside, then accepted, declined, or not answered in time; and told in words."""

from typing import Any

import pytest

from commands.answer_request import LapseRequest
from commands.append import Meta
from domain.actor import SYSTEM
from infrastructure.database import connect
from tests.integration.bookings_over_http import paid, read, refunds, start_paying, stripe_says, with_people
from tests.integration.conftest import Http, is_problem
from workers.jobs import JOBS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(http: Http) -> Http:
    return await with_people(http)


async def asked(http: Http, **listed: Any) -> tuple[str, dict[str, Any]]:
    """A booking whose money is set aside, waiting for the vendor; and its payment."""
    listing_id = await http.departure("vera", capacity=1, booking_mode="request", **listed)
    booking_id: str = (await http.hold("ada", listing_id)).json()["id"]
    payment = await start_paying(http, booking_id)
    await stripe_says(http, payment, "requires_capture")
    return booking_id, payment


async def test_a_request_is_accepted_and_then_paid(http: Http) -> None:
    booking_id, payment = await asked(http)
    booking = await read(http, booking_id)
    assert (booking["status"], booking["expires_at"]) == ("awaiting_vendor", None)
    assert booking["answer_by"] is not None
    path = f"/bookings/{booking_id}"
    assert is_problem(await http("POST", f"{path}/accept", "ada"), 403, "not_allowed")
    accepted = await http("POST", f"{path}/accept", "vera", headers={"Idempotency-Key": "yes"})
    assert (accepted.status_code, accepted.json()["status"], accepted.json()["answer_by"]) == (200, "confirmed", None)
    again = await http("POST", f"{path}/accept", "vera", headers={"Idempotency-Key": "yes"})
    assert again.headers["idempotent-replayed"] == "true"
    assert is_problem(await http("POST", f"{path}/cancel", "ada"), 409, "payment_in_progress")
    await stripe_says(http, payment, "succeeded")
    assert (await http("POST", f"{path}/cancel", "ada")).json()["status"] == "cancelled"
    assert refunds(http) == [5_000]


async def test_a_request_is_declined_and_the_places_are_free_again(http: Http) -> None:
    booking_id, _ = await asked(http)
    listing_id = (await read(http, booking_id))["listing_id"]
    assert is_problem(await http.hold("eve", listing_id), 409, "sold_out")
    declined = await http("POST", f"/bookings/{booking_id}/decline", "vera", json={"reason": "the boat is broken"})
    assert declined.json()["status"] == "declined"
    assert (await read(http, booking_id)) == declined.json()
    assert (await http.hold("eve", listing_id)).status_code == 201
    assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'payment.void_requested'") == [(1,)]
    assert is_problem(await http("POST", f"/bookings/{booking_id}/accept", "vera"), 409, "wrong_state")


async def test_silence_is_a_no_that_the_schedule_finds(http: Http) -> None:
    booking_id, _ = await asked(http, answer_within="PT2H")
    await http.follow()
    job = next(job for job in JOBS if job.name == "lapse_requests")
    assert http.settings.database_url is not None
    with connect(http.settings.database_url, name="test") as database:
        row = database.execute("SELECT answer_by FROM read.booking").fetchone()
        assert row is not None
        [(now,)] = http.sql("SELECT ops.business_now()")
        assert job.due(database, now, "UTC") == []
        assert job.next_at(database, now, "UTC") == row[0]
        due = job.due(database, row[0], "UTC")
        assert [type(command) for command in due] == [LapseRequest]
        assert job.next_at(database, row[0], "UTC") is None
    http.sql("UPDATE ops.clock SET ahead = '3 hours'")
    late = await http("POST", f"/bookings/{booking_id}/accept", "vera")
    assert is_problem(late, 409, "answer_too_late")
    edge = http.app.state.edge
    await edge.house.dispatch(due[0], meta=Meta(SYSTEM, "LapseRequest", "test"))
    assert (await read(http, booking_id))["status"] == "declined"


async def test_a_traveller_does_not_move_a_request_alone(http: Http) -> None:
    booking_id, payment = await asked(http)
    await http("POST", f"/bookings/{booking_id}/accept", "vera")
    await stripe_says(http, payment, "succeeded")
    opening = {"starts_at": "2027-06-03T09:00:00Z", "ends_at": "2027-06-03T11:00:00Z", "capacity": 1}
    listing_id = (await read(http, booking_id))["listing_id"]
    await http("POST", f"/listings/{listing_id}/openings", "vera", json=opening)
    body = {"starts_at": opening["starts_at"]}
    assert is_problem(await http("PATCH", f"/bookings/{booking_id}", "ada", json=body), 409, "vendor_must_agree")
    moved = await http("PATCH", f"/bookings/{booking_id}", "op", json=body)
    assert moved.json()["starts_at"] == opening["starts_at"]


async def test_the_history_says_it_in_words_to_everybody_who_may_read_it(http: Http) -> None:
    booking_id, _ = await asked(http, time_zone="Asia/Kathmandu")
    await http("POST", f"/bookings/{booking_id}/decline", "vera", json={"reason": "Vera is ill"})
    await http.follow()
    for person in ("ada", "vera", "op"):
        history = (await http("GET", f"/bookings/{booking_id}/history", person)).json()["items"]
        texts = [event["text"] for event in history]
        assert texts[0].startswith("The traveller held 1 place until ")
        assert texts[2].endswith(" Asia/Kathmandu to answer.")
        assert texts[3] == "The vendor declined. The traveller pays nothing."
    assert is_problem(await http("GET", f"/bookings/{booking_id}/history", "eve"), 404)


async def test_the_history_tells_nobody_how_a_price_is_split(http: Http) -> None:
    booking_id = await paid(http, await http.departure("vera", terms="non_refundable"), 2)
    assert (await http("POST", f"/bookings/{booking_id}/cancel", "ada")).status_code == 200
    await http.follow()
    for person in ("ada", "vera"):
        history = (await http("GET", f"/bookings/{booking_id}/history", person)).text
        assert "share" not in history
        assert "commission" not in history
        assert "Nothing is refunded. Non-refundable: no refund." in history
