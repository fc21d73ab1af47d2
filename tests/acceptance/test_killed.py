"""Processes killed in the middle of the story, and all of Redis lost: it completes, and money moves once."""

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infrastructure.demo import deeds
from infrastructure.demo.person import Json, Person, move_clock, now_of
from tests.acceptance.system import System, eventually, running_system


@pytest.fixture
def own_system() -> Iterator[System]:
    """A system that nobody else uses, to be hurt."""
    with running_system() as system:
        yield system


def kill(system: System, child: str) -> None:
    os.kill(system.pid_of(child), signal.SIGKILL)


def lose_redis(system: System) -> None:
    """Kill Valkey and delete everything it had; the supervisor starts an empty one."""
    kill(system, "valkey")
    for path in (system.home / "valkey").glob("**/appendonlydir"):
        shutil.rmtree(path, ignore_errors=True)


def hold_webhooks(system: System) -> None:
    """Stripe tells nothing by itself from now on: what is found out is found out by asking."""
    fault = {"kind": "hold_webhooks"}
    httpx.post(f"{system.state.sandbox}/sandbox/faults", json=fault, trust_env=False).raise_for_status()


def slow_down(system: System, path: str) -> None:
    """Stripe does the next call to this path at once, but its answer takes two seconds."""
    fault = {"kind": "delay_answer", "method": "POST", "path": path, "times": 1, "seconds": 2}
    httpx.post(f"{system.state.sandbox}/sandbox/faults", json=fault, trust_env=False).raise_for_status()


def stripe_did(system: System, what: str, name: str, value: str) -> int:
    """How often Stripe did a thing for one of our objects."""
    counts: dict[str, dict[str, int]] = system.stripe()[f"{what}_by_metadata"]
    return counts.get(name, {}).get(value, 0)


def test_the_story_completes_although_worker_followers_and_redis_are_killed(own_system: System) -> None:
    system = own_system
    vendor, traveller = system.somebody("vendor"), system.somebody("traveller")
    deeds.ready_to_be_paid(vendor)
    hold_webhooks(system)
    listing = deeds.list_tour(vendor, "Old town at night", {"amount": 10_000, "currency": "EUR"})
    starts_at = (now_of(vendor) + timedelta(days=4)).replace(minute=0, second=0, microsecond=0)
    deeds.open_departure(vendor, listing, starts_at, capacity=5)

    kept = _charge_while_the_worker_dies(system, traveller, listing, starts_at.isoformat())
    _refund_while_followers_and_redis_die(system, traveller, listing, starts_at.isoformat())
    deeds.until_status(traveller, kept, "confirmed")
    payout = _pay_out_while_the_worker_dies(system, vendor)

    assert payout["amount"] == {"amount": 8_000, "currency": "EUR"}
    did: Any = system.stripe()
    assert did["charges_succeeded"]["eur"] == {"count": 2, "sum": 20_000}
    assert did["refunds"]["eur"] == {"count": 1, "sum": 10_000}
    assert did["transfers"]["eur"] == {"count": 1, "sum": 8_000}
    assert did["payouts_paid"]["eur"] == {"count": 1, "sum": 8_000}
    assert system.contradictions() == []
    killed = system.state.restarts
    assert killed["worker"] == 2
    assert killed["followers"] == 1


def _charge_while_the_worker_dies(system: System, traveller: Person, listing: Json, starts_at: str) -> Json:
    """The card is charged, and the worker dies before it hears of it."""
    booking = traveller.post("/bookings", {"listing_id": listing["id"], "starts_at": starts_at, "quantity": 1})
    slow_down(system, "/v1/payment_intents/*/confirm")
    traveller.post(f"/bookings/{booking['id']}/payments", {"payment_method": "pm_card_visa"})
    eventually(lambda: stripe_did(system, "charges_succeeded", "booking_id", booking["id"]) == 1, "the charge")
    kill(system, "worker")
    return booking


def _refund_while_followers_and_redis_die(system: System, traveller: Person, listing: Json, starts_at: str) -> None:
    """The booking is cancelled; whoever would make and ring the refund's task dies, and Redis forgets everything."""
    booking = traveller.post("/bookings", {"listing_id": listing["id"], "starts_at": starts_at, "quantity": 1})
    deeds.pay(traveller, booking)
    deeds.until_status(traveller, booking, "confirmed")
    kill(system, "followers")
    lose_redis(system)
    traveller.post(f"/bookings/{booking['id']}/cancel")
    refunded = traveller.until(
        f"/bookings/{booking['id']}", lambda seen: seen["refunded"]["amount"] == 10_000, "the refund"
    )
    assert refunded["status"] == "cancelled"


def _pay_out_while_the_worker_dies(system: System, vendor: Person) -> Json:
    """The transfer is made, and the worker dies before it hears of it."""
    slow_down(system, "/v1/transfers")
    with ThreadPoolExecutor(1) as pool:
        moved = pool.submit(move_clock, vendor, timedelta(days=4 + 2 + 8))
        eventually(lambda: bool(system.stripe()["transfers"]), "the transfer")
        kill(system, "worker")
        moved.result()
    seen = vendor.until(
        "/vendors/me/payouts", lambda seen: [p["status"] for p in seen["items"]] == ["paid"], "the payout"
    )
    payout: Json = seen["items"][0]
    return payout
