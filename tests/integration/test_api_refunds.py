"""Refunds over HTTP: decided by operators, agreed to above a limit, seen by those they concern."""

from uuid import UUID

import pytest

from commands.append import Meta
from commands.record_payment import Intent, RecordPayment
from commands.record_refund import RecordRefund, RefundSeen
from domain.actor import SYSTEM
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

BODY = {"amount": {"amount": 1_000, "currency": "EUR"}, "reason": "the boat leaked", "at_fault": "vendor"}


@pytest.fixture
async def http(http: Http) -> Http:
    """With a vendor, a traveller and everybody who works for the platform."""
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    await http.join("eve", "traveller")
    for person, role in (("op", "operator"), ("boss", "admin"), ("fin", "finance"), ("audrey", "auditor")):
        await http.join_staff(person, role)
    return http


async def paid(http: Http, quantity: int = 1) -> str:
    """A payment whose money is here: 50.00 a person."""
    booking_id = (await http.hold("ada", await http.departure("vera", capacity=20), quantity)).json()["id"]
    started = await http("POST", f"/bookings/{booking_id}/payments", "ada", json={"payment_method": "pm_card_visa"})
    assert started.status_code == 202, started.text
    payment = started.json()
    intent = Intent(f"pi_{booking_id}", "succeeded", payment["amount"]["amount"], "EUR", f"ch_{booking_id}")
    await record(http, RecordPayment(UUID(payment["id"]), intent))
    payment_id: str = payment["id"]
    return payment_id


async def record(http: Http, command: object) -> None:
    """The worker's part of the road, by its own command."""
    await http.app.state.edge.house.dispatch(command, meta=Meta(SYSTEM, type(command).__name__, "test"))
    await http.follow()


async def test_a_refund_is_made_once_a_key_and_seen_by_those_it_concerns(http: Http) -> None:
    payment_id = await paid(http)
    path, key = f"/payments/{payment_id}/refunds", {"Idempotency-Key": "refund-1"}
    made = await http("POST", path, "op", json=BODY, headers=key)
    assert (made.status_code, made.json()["status"]) == (202, "requested")
    assert made.json()["amount"] == BODY["amount"]
    again = await http("POST", path, "op", json=BODY, headers=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (made.json(), "true")

    await http.follow()
    for person in ("ada", "vera", "op", "audrey"):
        seen = (await http("GET", f"/refunds/{made.json()['id']}", person)).json()
        assert {name: seen[name] for name in made.json() if name != "created_at"} == {
            name: value for name, value in made.json().items() if name != "created_at"
        }
        items = (await http("GET", "/refunds", person, params={"payment_id": payment_id})).json()["items"]
        assert [item["id"] for item in items] == [made.json()["id"]]
    assert is_problem(await http("GET", f"/refunds/{made.json()['id']}", "eve"), 404, "not_found")
    assert (await http("GET", "/refunds", "eve")).json()["items"] == []


async def test_no_more_than_is_left(http: Http) -> None:
    path = f"/payments/{await paid(http)}/refunds"
    assert (await http("POST", path, "op", json=BODY)).status_code == 202
    too_much = {**BODY, "amount": {"amount": 4_001, "currency": "EUR"}}
    assert is_problem(await http("POST", path, "op", json=too_much), 409, "refund_too_large")
    rest = await http("POST", path, "op", json={"reason": "all of it", "at_fault": "platform"})
    assert rest.json()["amount"] == {"amount": 4_000, "currency": "EUR"}
    assert is_problem(await http("POST", path, "op", json=BODY), 409, "refund_too_large")


async def test_only_operators_decide(http: Http) -> None:
    path = f"/payments/{await paid(http)}/refunds"
    for person in ("ada", "vera", "fin", "audrey"):
        assert is_problem(await http("POST", path, person, json=BODY), 403, "not_allowed")
    assert is_problem(await http("POST", path, json=BODY), 401)
    nobody = "/payments/00000000-0000-0000-0000-000000000001/refunds"
    assert is_problem(await http("POST", nobody, "op", json=BODY), 404, "not_found")
    for bad in ({**BODY, "at_fault": "traveller"}, {**BODY, "reason": ""}, {"at_fault": "vendor"}, {**BODY, "x": 1}):
        assert is_problem(await http("POST", path, "op", json=bad), 422, "validation_failed")
    dollars = {**BODY, "amount": {"amount": 1_000, "currency": "USD"}}
    assert is_problem(await http("POST", path, "op", json=dollars), 422, "wrong_currency")


async def test_above_the_limit_another_person_decides(http: Http) -> None:
    path = f"/payments/{await paid(http, quantity=12)}/refunds"
    much = {**BODY, "amount": {"amount": 50_001, "currency": "EUR"}}
    waiting = (await http("POST", path, "op", json=much)).json()
    assert waiting["status"] == "awaiting_approval"
    refund = f"/refunds/{waiting['id']}"
    await http.follow()
    assert is_problem(await http("GET", refund, "ada"), 404)
    assert is_problem(await http("POST", f"{refund}/approve", "op"), 409, "second_person_needed")
    approved = await http("POST", f"{refund}/approve", "boss")
    assert (approved.status_code, approved.json()["status"]) == (202, "requested")
    assert is_problem(await http("POST", f"{refund}/reject", "boss"), 409, "wrong_state")
    await http.follow()
    assert (await http("GET", refund, "ada")).json()["status"] == "requested"


async def test_one_that_comes_back_is_retried_or_paid_otherwise(http: Http) -> None:
    payment_id = await paid(http)
    made = (await http("POST", f"/payments/{payment_id}/refunds", "op", json=BODY)).json()
    refund, refund_id = f"/refunds/{made['id']}", UUID(made["id"])
    await http.follow()
    assert is_problem(await http("POST", f"{refund}/retry", "op"), 409, "wrong_state")
    await record(http, RecordRefund(UUID(payment_id), refund_id, RefundSeen("re_1", "failed", failure_code="unknown")))
    [stuck] = (await http("GET", "/admin/stuck-money", "op")).json()["items"]
    assert (stuck["kind"], stuck["amount"], stuck["action"]["path"]) == (
        "refund_owed_again",
        BODY["amount"],
        f"/refunds/{made['id']}/retry",
    )
    assert (await http("POST", stuck["action"]["path"], "op")).json()["status"] == "requested"
    await record(http, RecordRefund(UUID(payment_id), refund_id, RefundSeen("re_2", "failed", failure_code="unknown")))
    paid_out = await http("POST", f"{refund}/paid-otherwise", "op", json={"reference": "SEPA 4711"})
    assert (paid_out.status_code, paid_out.json()["status"]) == (200, "paid_otherwise")
    await http.follow()
    assert (await http("GET", f"/payments/{payment_id}", "ada")).json()["refunded"]["amount"] == 1_000
    assert (await http("GET", "/admin/stuck-money", "op")).json()["items"] == []
