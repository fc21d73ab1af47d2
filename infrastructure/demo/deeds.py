"""What the demo's people do, each a few requests: list a tour, book, pay, cancel."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from infrastructure.demo.person import Json, Person

ENDED = {"captured", "failed", "voided"}


def list_tour(vendor: Person, title: str, price: Json, *, terms: str = "flexible", zone: str = "Europe/Berlin") -> Json:
    return vendor.post(
        "/listings",
        {"title": title, "kind": "departure", "time_zone": zone, "price": price, "terms": terms},
    )


def open_departure(vendor: Person, listing: Json, starts_at: datetime, *, hours: float = 3, capacity: int = 8) -> None:
    vendor.post(
        f"/listings/{listing['id']}/openings",
        {
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=hours)).isoformat(),
            "capacity": capacity,
        },
    )


def hold(traveller: Person, listing: Json, starts_at: datetime, quantity: int = 1) -> Json:
    return traveller.post(
        "/bookings", {"listing_id": listing["id"], "starts_at": starts_at.isoformat(), "quantity": quantity}
    )


def pay(traveller: Person, booking: Json, card: str = "pm_card_visa") -> Json:
    """Pay and wait until it has been captured or has failed, or the cardholder must act."""
    payment = traveller.post(f"/bookings/{booking['id']}/payments", {"payment_method": card})
    return traveller.until(
        f"/payments/{payment['id']}",
        lambda seen: seen["status"] in ENDED or (seen["status"] == "action_required" and bool(seen["next_action"])),
        "the payment",
    )


def authenticate(traveller: Person, payment: Json) -> Json:
    """Do what the bank asks for at the address it gave (3-D Secure), and wait for the payment."""
    action: Any = payment["next_action"]
    httpx.post(action["redirect_to_url"]["url"], data={"outcome": "succeeded"}, trust_env=False).raise_for_status()
    return traveller.until(f"/payments/{payment['id']}", lambda seen: seen["status"] in ENDED, "the payment")


def until_status(person: Person, booking: Json, status: str) -> Json:
    return person.until(
        f"/bookings/{booking['id']}", lambda seen: seen["status"] == status, f"the booking's being {status}"
    )


def book_and_pay(traveller: Person, listing: Json, starts_at: datetime, quantity: int = 1) -> Json:
    booking = hold(traveller, listing, starts_at, quantity)
    pay(traveller, booking)
    return until_status(traveller, booking, "confirmed")


def cancel_and_be_refunded(traveller: Person, booking: Json) -> Json:
    """Cancel as previewed, and wait until the money is on its way back."""
    preview = traveller.get(f"/bookings/{booking['id']}/cancellation")
    traveller.post(f"/bookings/{booking['id']}/cancel", {"preview_token": preview["preview_token"]})
    return traveller.until(
        f"/bookings/{booking['id']}", lambda seen: seen["refunded"] == preview["refund"], "the refund"
    )


def ready_to_be_paid(vendor: Person) -> None:
    vendor.post("/vendors/me/payout-account")
    vendor.until("/vendors/me/payout-account", lambda seen: seen["ready"], "the payout account")
