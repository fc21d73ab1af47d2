"""Stripe is slower than we wait: what is asked again under the same key is done once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.cancel_booking import CancelBooking
from infrastructure import stripe_client
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import StripeSandbox, eventually
from tests.integration.world import World, world_on

SLOW_S = 1.5
PATIENT_S = 0.3


@pytest.fixture
def world(
    database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setattr(stripe_client, "READ_S", PATIENT_S)
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


def test_a_refund_that_stripe_is_slow_to_begin_is_made_once(world: World, stripe_sandbox: StripeSandbox) -> None:
    """While it waits to be begun it cannot be found; only its key keeps the next attempt from making another."""
    journey = Journey(world)
    booking_id = journey.paying()
    world.settle()
    (intent_id,) = world.row("SELECT intent_id FROM read.payment")
    world.travel(journey.starts_at - 3 * DAY)
    stripe_sandbox.fault("delay", method="POST", path="/v1/refunds", times=1, seconds=SLOW_S)
    began = time.monotonic()
    world.do(CancelBooking(booking_id, "half of it back"), journey.traveller)

    def made() -> list[int]:
        listed = stripe_sandbox.ask("GET", "/v1/refunds", params={"payment_intent": intent_id})
        return [refund["amount"] for refund in listed["data"]]

    def refunded() -> bool:
        world.hurry()
        world.settle()
        return world.rows("SELECT 1 FROM read.refund WHERE status = 'succeeded'") != []

    eventually(refunded)
    while time.monotonic() < began + 2 * SLOW_S:
        assert len(made()) <= 1
    assert made() == [PRICE // 2]
