"""Payments over HTTP, as Stripe's answers, and their absence, make them look."""

from uuid import UUID

import pytest

from commands.append import Meta
from commands.record_no_answer import RecordNoAnswer
from commands.record_payment import Intent, RecordPayment
from domain.actor import SYSTEM
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio


async def record(http: Http, command: object) -> None:
    """The worker's part of the road, by its own command."""
    await http.app.state.edge.house.dispatch(command, meta=Meta(SYSTEM, type(command).__name__, "test"))
    await http.follow()


async def test_a_payment_without_an_answer_is_unresolved_never_failed(http: Http) -> None:
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    booking_id = (await http.hold("ada", await http.departure("vera"))).json()["id"]
    body = {"payment_method": "pm_card_visa"}
    payment = (await http("POST", f"/bookings/{booking_id}/payments", "ada", json=body)).json()
    assert payment["status"] == "requested"

    await record(http, RecordNoAnswer(UUID(payment["id"]), "confirm"))
    assert (await http("GET", f"/payments/{payment['id']}", "ada")).json()["status"] == "unresolved"
    [listed] = (await http("GET", f"/payments?booking_id={booking_id}", "ada")).json()["items"]
    assert listed["status"] == "unresolved"
    again = await http("POST", f"/bookings/{booking_id}/payments", "ada", json=body)
    assert is_problem(again, 409, "payment_in_progress")

    intent = Intent("pi_1", "succeeded", payment["amount"]["amount"], "EUR", "ch_1")
    await record(http, RecordPayment(UUID(payment["id"]), intent))
    assert (await http("GET", f"/payments/{payment['id']}", "ada")).json()["status"] == "captured"


async def test_nobody_holds_what_no_card_can_pay(http: Http) -> None:
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    listing_id = await http.departure("vera")
    cheap = {"price": {"amount": 49, "currency": "EUR"}}
    assert (await http("PATCH", f"/listings/{listing_id}", "vera", json=cheap)).status_code == 200
    assert is_problem(await http.hold("ada", listing_id), 422, "amount_too_small")
    assert (await http.hold("ada", listing_id, 2)).status_code == 201
