"""Bookings over HTTP: held once, read back, sold out, cancelled as promised, and nobody else's business."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from commands.append import Meta
from commands.record_payment import Intent, RecordPayment
from domain.actor import SYSTEM
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(http: Http) -> Http:
    """With a vendor, two travellers and an operator."""
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    await http.join_staff("eve", "traveller")
    await http.join_staff("op", "operator")
    return http


async def _pay(http: Http, booking_id: str) -> None:
    """As if Stripe had taken the money: the worker's part of the road, by its own command."""
    started = await http("POST", f"/bookings/{booking_id}/payments", "ada", json={"payment_method": "pm_card_visa"})
    assert started.status_code == 202, started.text
    payment = started.json()
    intent = Intent(f"pi_{booking_id}", "succeeded", payment["amount"]["amount"], "EUR", f"ch_{booking_id}")
    edge = http.app.state.edge
    await edge.house.dispatch(RecordPayment(UUID(payment["id"]), intent), meta=Meta(SYSTEM, "RecordPayment", "test"))


async def test_a_booking_is_held_read_back_and_listed(http: Http) -> None:
    listing_id = await http.departure("vera")
    held = await http.hold("ada", listing_id, 2)
    assert held.status_code == 201
    booking = held.json()
    assert (booking["status"], booking["price"]) == ("held", {"amount": 10_000, "currency": "EUR"})
    assert booking["starts_at"] == "2027-06-01T09:00:00Z"
    assert held.headers["etag"] == '"1"'

    await http.follow()
    newest = {"min_position": held.headers["travellr-position"]}
    for person in ("ada", "vera", "op"):
        seen = await http("GET", f"/bookings/{booking['id']}", person, params=newest)
        assert seen.json() == booking
        assert seen.headers["etag"] == held.headers["etag"]
        assert int(seen.headers["travellr-position"]) >= int(held.headers["travellr-position"])
        assert [b["id"] for b in (await http("GET", "/bookings", person)).json()["items"]] == [booking["id"]]
    history = (await http("GET", f"/bookings/{booking['id']}/history", "ada")).json()["items"]
    assert [(event["type"], event["by"]) for event in history] == [("booking.held", "traveller")]

    cells = (await http("GET", f"/listings/{listing_id}/availability?from=2027-06-01&to=2027-06-02", "eve")).json()
    assert [(cell["capacity"], cell["available"]) for cell in cells["cells"]] == [(5, 3)]


async def test_what_was_just_made_is_never_not_found(http: Http) -> None:
    listing_id = await http.departure("vera")
    booking_id = (await http.hold("ada", listing_id)).json()["id"]
    seen, _ = await asyncio.gather(http("GET", f"/bookings/{booking_id}", "ada"), http.follow())
    assert seen.status_code == 200


async def test_a_position_that_does_not_come_is_waited_for_and_then_given_up(http: Http) -> None:
    answer = await http("GET", "/bookings?min_position=1000000", "ada")
    assert is_problem(answer, 503, "not_caught_up")
    assert answer.headers["retry-after"] == "1"


async def test_the_last_places_are_sold_once(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=3)
    answers = await asyncio.gather(*(http.hold("ada", listing_id) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert all(is_problem(answer, 409, "sold_out") for answer in answers if answer.status_code == 409)


async def test_one_key_books_once_even_ten_times_at_once(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=20)
    key = {"Idempotency-Key": "the one booking"}
    first = await http.hold("ada", listing_id, headers=key)
    again = await asyncio.gather(*(http.hold("ada", listing_id, headers=key) for _ in range(10)))
    assert {answer.content for answer in again} == {first.content}
    assert {answer.headers["etag"] for answer in again} == {first.headers["etag"]}
    assert {answer.headers["idempotent-replayed"] for answer in again} == {"true"}
    assert "idempotent-replayed" not in first.headers

    raced = await asyncio.gather(
        *(http.hold("ada", listing_id, headers={"Idempotency-Key": "race"}) for _ in range(10))
    )
    assert {answer.status_code for answer in raced} == {201}
    assert len({answer.json()["id"] for answer in raced}) == 1
    assert [answer.headers.get("idempotent-replayed") for answer in raced].count(None) == 1
    assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'booking.held'") == [(2,)]

    assert is_problem(await http.hold("ada", listing_id, 2, headers=key), 422, "idempotency_mismatch")
    assert (await http.hold("eve", listing_id, headers=key)).json()["id"] != first.json()["id"]


async def test_a_refusal_is_repeated_for_its_key_though_there_is_room_by_then(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=1)
    booking_id = (await http.hold("eve", listing_id)).json()["id"]
    key = {"Idempotency-Key": "too late"}
    refused = await http.hold("ada", listing_id, headers=key)
    assert is_problem(refused, 409, "sold_out")
    assert (await http("POST", f"/bookings/{booking_id}/cancel", "eve")).status_code == 200

    again = await http.hold("ada", listing_id, headers=key)
    assert is_problem(again, 409, "sold_out")
    assert again.content == refused.content
    assert again.headers["idempotent-replayed"] == "true"
    assert (await http.hold("ada", listing_id)).status_code == 201


async def test_if_match_is_honoured(http: Http) -> None:
    listing_id = await http.departure("vera")
    stale = await http("POST", f"/listings/{listing_id}/pause", "vera", headers={"If-Match": '"1"'})
    assert is_problem(stale, 412, "version_mismatch")
    paused = await http("POST", f"/listings/{listing_id}/pause", "vera", headers={"If-Match": '"2"'})
    assert (paused.json()["status"], paused.headers["etag"]) == ("paused", '"3"')
    assert is_problem(await http.hold("ada", listing_id), 409, "not_on_offer")

    resumed = await http("POST", f"/listings/{listing_id}/resume", "vera", headers={"If-Match": "*"})
    assert resumed.json()["status"] == "published"
    booking = await http.hold("ada", listing_id)
    cancel = f"/bookings/{booking.json()['id']}/cancel"
    assert is_problem(await http("POST", cancel, "ada", headers={"If-Match": '"7"'}), 412)
    assert is_problem(await http("POST", cancel, "ada", headers={"If-Match": "nonsense"}), 412)
    assert (await http("POST", cancel, "ada", headers={"If-Match": booking.headers["etag"]})).status_code == 200


async def test_what_is_somebody_elses_is_not_there(http: Http) -> None:
    listing_id = await http.departure("vera")
    booking_id = (await http.hold("ada", listing_id)).json()["id"]
    await http.join_staff("rival", "vendor")
    await http.follow()
    for person in ("eve", "rival"):
        assert (await http("GET", "/bookings", person)).json()["items"] == []
        for path in ("", "/history", "/cancellation"):
            assert is_problem(await http("GET", f"/bookings/{booking_id}{path}", person), 404, "not_found")
        assert is_problem(await http("POST", f"/bookings/{booking_id}/cancel", person), 404, "not_found")
    assert is_problem(await http("POST", f"/listings/{listing_id}/close", "rival"), 404, "not_found")
    opening = {"starts_at": "2027-07-01T09:00:00Z", "ends_at": "2027-07-01T10:00:00Z", "capacity": 1}
    assert is_problem(await http("POST", f"/listings/{listing_id}/openings", "rival", json=opening), 404)


async def test_a_preview_is_kept_as_promised_though_a_deadline_passes(http: Http) -> None:
    starts_at = (datetime.now(UTC) + timedelta(days=2, minutes=5)).isoformat()
    listing_id = await http.departure("vera", starts_at=starts_at)
    body = {"listing_id": listing_id, "starts_at": starts_at, "quantity": 1}
    bookings = [(await http("POST", "/bookings", "ada", json=body)).json()["id"] for _ in range(3)]
    for booking_id in bookings:
        await _pay(http, booking_id)
    previews = [(await http("GET", f"/bookings/{booking_id}/cancellation", "ada")).json() for booking_id in bookings]
    assert previews[0]["refund"] == {"amount": 2_500, "currency": "EUR"}

    other = await http(
        "POST", f"/bookings/{bookings[0]}/cancel", "ada", json={"preview_token": previews[1]["preview_token"]}
    )
    assert is_problem(other, 422, "preview_not_ours")

    http.sql("UPDATE ops.clock SET ahead = '6 minutes'")
    now = (await http("GET", f"/bookings/{bookings[0]}/cancellation", "ada")).json()
    assert now["refund"] == {"amount": 0, "currency": "EUR"}
    promised = {"preview_token": previews[0]["preview_token"], "reason": "ill"}
    cancelled = await http("POST", f"/bookings/{bookings[0]}/cancel", "ada", json=promised)
    assert cancelled.json()["status"] == "cancelled"
    [refund] = http.sql(
        "SELECT convert_from(state, 'UTF8')::json->>'amount_minor' FROM log.events WHERE topic = %s",
        "payment.refund_requested",
    )
    assert refund == ("2500",)

    http.sql("UPDATE ops.clock SET ahead = '11 minutes'")
    late = {"preview_token": previews[1]["preview_token"]}
    assert is_problem(await http("POST", f"/bookings/{bookings[1]}/cancel", "ada", json=late), 409, "preview_outdated")
    assert (await http("POST", f"/bookings/{bookings[2]}/cancel", "ada", json={})).status_code == 200


async def test_a_hold_that_has_run_out_blocks_nobody(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=1)
    assert (await http.hold("ada", listing_id)).status_code == 201
    http.sql("UPDATE ops.clock SET ahead = '1 hour'")
    await http.follow()
    cells = (await http("GET", f"/listings/{listing_id}/availability?from=2027-06-01&to=2027-06-02", "eve")).json()
    assert [cell["available"] for cell in cells["cells"]] == [1]
    assert (await http.hold("eve", listing_id)).status_code == 201


async def test_local_times_are_read_where_the_listing_is(http: Http) -> None:
    listing_id = await http.departure("vera")
    skipped = {"starts_at": "2027-03-28T01:30:00", "ends_at": "2027-03-28T04:00:00", "capacity": 1}
    answer = await http("POST", f"/listings/{listing_id}/openings", "vera", json=skipped)
    assert is_problem(answer, 422, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "starts_at"

    twice = {"starts_at": "2027-10-31T01:30:00", "ends_at": "2027-10-31T04:00:00", "capacity": 1}
    assert (await http("POST", f"/listings/{listing_id}/openings", "vera", json=twice)).json()["cells"] == 1
    body = {"listing_id": listing_id, "starts_at": "2027-10-31T01:30:00", "quantity": 1}
    booked = (await http("POST", "/bookings", "ada", json=body)).json()
    assert (booked["starts_at"], booked["ends_at"]) == ("2027-10-31T00:30:00Z", "2027-10-31T04:00:00Z")


async def test_pages_stay_as_they_are_while_bookings_are_added(http: Http) -> None:
    listing_id = await http.departure("vera", capacity=20)
    made = [(await http.hold("ada", listing_id)).json()["id"] for _ in range(5)]
    await http.follow()
    first = (await http("GET", "/bookings?limit=2", "ada")).json()
    await http.hold("ada", listing_id)
    await http.follow()
    seen = [booking["id"] for booking in first["items"]]
    cursor = first["next_cursor"]
    while cursor:
        page = (await http("GET", "/bookings", "ada", params={"limit": 2, "cursor": cursor})).json()
        seen += [booking["id"] for booking in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]
    assert len((await http("GET", "/bookings?from=2027-06-01&to=2027-06-02&status=held", "ada")).json()["items"]) == 6
    assert (await http("GET", f"/bookings?from=2027-06-02&listing_id={listing_id}", "ada")).json()["items"] == []


async def test_what_is_needed_for_3d_secure_is_shown_to_the_owner_while_it_is_needed(http: Http) -> None:
    listing_id = await http.departure("vera")
    booking_id = (await http.hold("ada", listing_id)).json()["id"]
    paying = await http("POST", f"/bookings/{booking_id}/payments", "ada", json={"payment_method": "pm_card_visa"})
    payment_id = paying.json()["id"]
    await http.follow()
    http.sql("INSERT INTO board.payment_action VALUES (%s, 'pi_secret', '{\"type\": \"redirect\"}')", payment_id)
    assert (await http("GET", f"/payments/{payment_id}", "ada")).json()["client_secret"] is None

    http.sql("UPDATE read.payment SET status = 'action_required'")
    mine = (await http("GET", f"/payments/{payment_id}", "ada")).json()
    assert (mine["client_secret"], mine["next_action"]) == ("pi_secret", {"type": "redirect"})
    assert (await http("GET", f"/payments?booking_id={booking_id}", "ada")).json()["items"] == [mine]
    assert (await http("GET", f"/payments/{payment_id}", "vera")).json()["client_secret"] is None
    assert is_problem(await http("GET", f"/payments/{payment_id}", "eve"), 404)
