"""Journeys over HTTP, as people and their programs make them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest
import stripe

from infrastructure.demo import deeds
from infrastructure.demo.person import Json, Person, Refused, move_clock, now_of
from tests.acceptance.system import System, eventually

PRICE = {"amount": 10_000, "currency": "EUR"}


@pytest.fixture
def vendor(system: System) -> Person:
    return system.somebody("vendor")


@pytest.fixture
def traveller(system: System) -> Person:
    return system.somebody("traveller")


def a_departure(vendor: Person, *, days: int = 9, capacity: int = 5, terms: str = "flexible") -> tuple[Json, datetime]:
    """A listing with one departure, some days ahead at noon."""
    listing = deeds.list_tour(vendor, "Harbour at dawn", PRICE, terms=terms)
    starts_at = (now_of(vendor) + timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)
    deeds.open_departure(vendor, listing, starts_at, capacity=capacity)
    return listing, starts_at


def test_a_wrong_password_and_an_unknown_address_are_refused_alike(system: System, traveller: Person) -> None:
    answers = [
        system.http.post("/api/v1/auth/login", json={"email": email, "password": "not the password"})
        for email in (traveller.email, f"{uuid4().hex}@example.com")
    ]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].json()["code"] == answers[1].json()["code"]
    assert answers[0].headers["content-type"].startswith("application/problem+json")


def test_the_last_place_is_sold_once(system: System, vendor: Person) -> None:
    listing, starts_at = a_departure(vendor, capacity=1)
    people = [system.somebody("traveller") for _ in range(4)]

    def outcome(person: Person) -> str:
        try:
            return str(deeds.hold(person, listing, starts_at)["status"])
        except Refused as refused:
            return str(refused.code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(outcome, people)) == ["held", "sold_out", "sold_out", "sold_out"]


def test_after_a_declined_card_another_one_can_be_tried(vendor: Person, traveller: Person) -> None:
    listing, starts_at = a_departure(vendor)
    booking = deeds.hold(traveller, listing, starts_at)
    declined = deeds.pay(traveller, booking, "pm_card_visa_chargeDeclined")
    assert (declined["status"], declined["failure_code"]) == ("failed", "card_declined")
    assert deeds.pay(traveller, booking, "pm_card_visa")["status"] == "captured"
    deeds.until_status(traveller, booking, "confirmed")


def test_three_d_secure_shows_the_way_and_confirms_when_it_was_gone(vendor: Person, traveller: Person) -> None:
    listing, starts_at = a_departure(vendor)
    booking = deeds.hold(traveller, listing, starts_at)
    asked = deeds.pay(traveller, booking, "pm_card_authenticationRequired")
    assert asked["status"] == "action_required"
    assert asked["client_secret"]
    assert deeds.authenticate(traveller, asked)["status"] == "captured"
    deeds.until_status(traveller, booking, "confirmed")


def test_an_unknown_payment_method_fails_clearly(vendor: Person, traveller: Person) -> None:
    listing, starts_at = a_departure(vendor)
    booking = deeds.hold(traveller, listing, starts_at)
    assert deeds.pay(traveller, booking, "pm_card_that_never_was")["status"] == "failed"


def test_cancelling_by_moderate_terms_gives_half_back_and_the_vendor_its_share(
    vendor: Person, traveller: Person
) -> None:
    listing, starts_at = a_departure(vendor, days=5, terms="moderate")
    booking = deeds.book_and_pay(traveller, listing, starts_at)
    preview = traveller.get(f"/bookings/{booking['id']}/cancellation")
    assert preview["refund"] == {"amount": 5_000, "currency": "EUR"}
    assert deeds.cancel_and_be_refunded(traveller, booking)["status"] == "cancelled"
    earned = vendor.until("/vendors/me/balance", lambda seen: bool(seen["items"]), "the vendor's share")
    assert earned["items"][0]["pending"] == {"amount": 4_000, "currency": "EUR"}


def test_a_double_click_with_one_key_books_once(vendor: Person, traveller: Person) -> None:
    listing, starts_at = a_departure(vendor)
    body = {"listing_id": listing["id"], "starts_at": starts_at.isoformat(), "quantity": 1}
    headers = {"Authorization": f"Bearer {traveller.token}", "Idempotency-Key": uuid4().hex}

    def click(_: int) -> httpx.Response:
        return traveller.http.post("/api/v1/bookings", json=body, headers=headers)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(click, range(4)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert sorted(a.headers.get("Idempotent-Replayed", "") for a in answers) == ["", "true", "true", "true"]
    other = traveller.http.post("/api/v1/bookings", json={**body, "quantity": 2}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


def test_what_is_not_yours_does_not_exist(system: System, vendor: Person, traveller: Person) -> None:
    listing, starts_at = a_departure(vendor)
    booking = deeds.hold(traveller, listing, starts_at)
    stranger = system.somebody("traveller")
    asks: list[Callable[[], Json]] = [
        lambda: stranger.get(f"/bookings/{booking['id']}"),
        lambda: stranger.post(f"/bookings/{booking['id']}/cancel"),
        lambda: stranger.post(f"/bookings/{booking['id']}/payments", {"payment_method": "pm_card_visa"}),
    ]
    for ask in asks:
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 404


def test_an_unpaid_hold_runs_out_and_gives_its_place_back(system: System, vendor: Person, traveller: Person) -> None:
    listing, starts_at = a_departure(vendor, capacity=1)
    booking = deeds.hold(traveller, listing, starts_at)
    move_clock(vendor, timedelta(minutes=20))
    deeds.until_status(traveller, booking, "expired")
    deeds.hold(system.somebody("traveller"), listing, starts_at)


def test_webhooks_twice_early_and_forged_change_nothing(system: System, vendor: Person, traveller: Person) -> None:
    listing, starts_at = a_departure(vendor)
    booking = deeds.book_and_pay(traveller, listing, starts_at)
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": str(system.state.sandbox)})
    events = client.v1.events.list({"type": "payment_intent.succeeded", "limit": 1}).data
    payload = str(events[0])
    secret = _webhook_secret(system)

    def deliver(signed_with: str, body: str = payload) -> int:
        signature = stripe.WebhookSignature.generate_signature_header(body, signed_with)
        headers = {"Stripe-Signature": signature}
        return system.http.post("/api/v1/webhooks/stripe", content=body, headers=headers).status_code

    assert [deliver(secret), deliver(secret), deliver("whsec_forged")] == [200, 200, 400]
    early = payload.replace(events[0].id, f"evt_{uuid4().hex}").replace(events[0].data.object["id"], "pi_unheard_of")
    assert deliver(secret, early) == 200
    operator = system.staff("operator")
    eventually(lambda: not operator.get("/admin/tasks?state=running")["items"], "the tasks' end")
    assert deeds.until_status(traveller, booking, "confirmed")["status"] == "confirmed"
    charged = system.stripe()["charges_succeeded_by_metadata"]
    assert charged["booking_id"][booking["id"]] == 1


def _webhook_secret(system: System) -> str:
    url = system.state.database_url
    assert url is not None
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT value FROM ops.setting WHERE key = 'stripe_webhook_secret'").fetchone()
    assert row is not None
    return str(row[0]).split()[0]
