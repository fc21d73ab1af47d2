"""Everything killed at once: the next start finds every booking again and goes on with what was begun."""

import os
import signal
from datetime import timedelta

import httpx

from infrastructure.demo import deeds
from infrastructure.demo.person import now_of
from tests.acceptance.system import HTTP_S, System, running_system, start, wait_until_ready


def test_after_kill_9_of_everything_a_restart_finds_every_booking_again() -> None:
    with running_system() as system:
        vendor, traveller = system.somebody("vendor"), system.somebody("traveller")
        listing = deeds.list_tour(vendor, "Old town at night", {"amount": 10_000, "currency": "EUR"})
        starts_at = (now_of(vendor) + timedelta(days=4)).replace(minute=0, second=0, microsecond=0)
        deeds.open_departure(vendor, listing, starts_at, capacity=5)
        paid = deeds.book_and_pay(traveller, listing, starts_at)
        begun = deeds.hold(traveller, listing, starts_at)
        payment = traveller.post(f"/bookings/{begun['id']}/payments", {"payment_method": "pm_card_visa"})

        _kill_everything(system)
        again = start(system.environment)
        try:
            wait_until_ready(system.home, again)
            with httpx.Client(base_url=system.state.address, timeout=HTTP_S, trust_env=False) as http:
                traveller.http = http
                assert traveller.get(f"/bookings/{paid['id']}")["status"] == "confirmed"
                ended = traveller.until(
                    f"/payments/{payment['id']}", lambda seen: seen["status"] == "captured", "the payment"
                )
                assert ended["booking_id"] == begun["id"]
                deeds.until_status(traveller, begun, "confirmed")
            charged = system.stripe()["charges_succeeded_by_metadata"]["booking_id"]
            assert {charged[paid["id"]], charged[begun["id"]]} == {1}
            assert system.contradictions() == []
        finally:
            again.send_signal(signal.SIGTERM)
            assert again.wait(timeout=60) == 0


def _kill_everything(system: System) -> None:
    """The supervisor first, so that it starts nothing again; PostgreSQL and Valkey are killed like the rest."""
    state = system.state
    for pid in (state.pid, *state.children.values()):
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
