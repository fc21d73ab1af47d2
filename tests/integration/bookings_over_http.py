"""What tests of bookings over HTTP share: people, a stay, and the words that Stripe would say."""

from typing import Any
from uuid import UUID

import httpx

from commands.append import Meta
from commands.record_payment import Intent, RecordPayment
from domain.actor import SYSTEM
from tests.integration.conftest import Http

NIGHTS = {"first_night": "2027-06-01", "last_night": "2027-06-10"}


async def with_people(http: Http) -> Http:
    """A vendor, two travellers and an operator."""
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    await http.join_staff("eve", "traveller")
    await http.join_staff("op", "operator")
    return http


async def stay(http: Http, *, capacity: int = 2, **listed: Any) -> str:
    """A house boat in Berlin with ten nights in June; its id."""
    price = {"amount": 10_000, "currency": "EUR"}
    body = {"title": "House boat", "kind": "stay", "time_zone": "Europe/Berlin", "price": price, "terms": "moderate"}
    listing = await http("POST", "/listings", "vera", json={**body, **listed})
    assert listing.status_code == 201, listing.text
    listing_id: str = listing.json()["id"]
    opened = await http("POST", f"/listings/{listing_id}/openings", "vera", json={**NIGHTS, "capacity": capacity})
    assert opened.status_code == 201, opened.text
    return listing_id


async def nights(http: Http, listing_id: str, first: str, last: str, **more: Any) -> httpx.Response:
    body = {"listing_id": listing_id, "first_night": first, "last_night": last, "quantity": 1, **more}
    return await http("POST", "/bookings", "ada", json=body)


async def start_paying(http: Http, booking_id: str) -> dict[str, Any]:
    started = await http("POST", f"/bookings/{booking_id}/payments", "ada", json={"payment_method": "pm_card_visa"})
    assert started.status_code == 202, started.text
    payment: dict[str, Any] = started.json()
    return payment


async def stripe_says(http: Http, payment: dict[str, Any], status: Any, **more: Any) -> None:
    """As if Stripe had answered: the worker's part of the road, by its own command."""
    minor, intent_id = payment["amount"]["amount"], f"pi_{payment['id']}"
    money = {"received_minor": minor} if status == "succeeded" else {"capturable_minor": minor}
    if status not in {"succeeded", "requires_capture"}:
        money = {}
    intent = Intent(intent_id, status, currency="EUR", charge_id=f"ch_{payment['id']}", **money, **more)
    edge = http.app.state.edge
    await edge.house.dispatch(RecordPayment(UUID(payment["id"]), intent), meta=Meta(SYSTEM, "RecordPayment", "test"))


async def pay(http: Http, booking_id: str) -> None:
    await stripe_says(http, await start_paying(http, booking_id), "succeeded")


async def paid(http: Http, listing_id: str, quantity: int = 1) -> str:
    """A departure that is booked and paid; the booking's id."""
    held = await http.hold("ada", listing_id, quantity)
    assert held.status_code == 201, held.text
    booking_id: str = held.json()["id"]
    await pay(http, booking_id)
    return booking_id


async def read(http: Http, booking_id: str, person: str = "ada") -> dict[str, Any]:
    """The booking as the read model shows it, level with the log."""
    await http.follow()
    found = await http("GET", f"/bookings/{booking_id}", person)
    assert found.status_code == 200, found.text
    booking: dict[str, Any] = found.json()
    return booking


def refunds(http: Http) -> list[int]:
    """Every refund that is owed, oldest first."""
    rows = http.sql(
        "SELECT convert_from(state, 'UTF8')::json->>'amount_minor' FROM log.events"
        " WHERE topic = 'payment.refund_requested' ORDER BY notification_id"
    )
    return [int(minor) for (minor,) in rows]
