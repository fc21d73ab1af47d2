"""Two deaths of workers on the way of one payment: every pair of crash points of charge, capture, refund and dispute.

What one death leaves behind is where the next one may strike; the single points are in tests/integration.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, LiteralString
from uuid import UUID

import pytest

from commands.answer_request import AcceptBooking
from commands.cancel_booking import CancelBooking
from tests.integration.crash_points import Points, points, work_until_it_dies
from tests.integration.journey import Journey
from tests.integration.servers import StripeSandbox
from tests.integration.test_crash_points import PAID, REFUNDED, WON, contested, counted, was_won_once
from tests.integration.world import World, world_on

pytestmark = pytest.mark.chaos

POINTS_MAX: Final = 40


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Points]:
    with points(monkeypatch) as watched:
        yield watched


def dies(world: World, watched: Points, at: int) -> bool:
    watched.die_at, watched.passed = at, []
    return work_until_it_dies(world, watched)


def at_every_pair(world: World, watched: Points, begin: Callable[[], UUID], over: LiteralString) -> dict[UUID, str]:
    """The payments, each with the two points at which its workers died."""
    begun: dict[UUID, str] = {}
    for first in range(1, POINTS_MAX):
        for second in range(1, POINTS_MAX):
            payment_id = begin()
            died_first = dies(world, watched, first)
            world.hurry()
            died_twice = dies(world, watched, second) if died_first else False
            begun[payment_id] = f"{first}, then {second}"
            world.settle_until(over, payment_id)
            if not died_twice:
                break
        if not died_first:
            return begun
    raise AssertionError("It never gets through.")


def each_was_counted_once(begun: dict[UUID, str], by_metadata: dict[str, dict[str, int]]) -> bool:
    """By the sandbox. Asserts it with the points of death at hand; True, so that it reads as an assertion."""
    times = {at: counted(by_metadata, payment_id) for payment_id, at in begun.items()}
    assert times == dict.fromkeys(begun.values(), 1)
    return True


def comes_to_rest(world: World) -> None:
    """Asserts that nothing is left to do, and nothing that Stripe has not confirmed."""
    world.hurry()
    world.settle()
    assert world.clearing() == 0
    assert world.in_peace()


def test_a_charge_survives_two_deaths(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world)

    def begin() -> UUID:
        return journey.payment_ids[journey.paying()]

    begun = at_every_pair(world, watched, begin, PAID)
    charged = stripe_sandbox.summary()["charges_succeeded_by_metadata"]
    assert each_was_counted_once(begun, charged)
    comes_to_rest(world)


def test_a_refund_survives_two_deaths(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world)

    def begin() -> UUID:
        booking_id = journey.paying()
        world.settle()
        world.do(CancelBooking(booking_id, "rain"), journey.vendor)
        return journey.payment_ids[booking_id]

    begun = at_every_pair(world, watched, begin, REFUNDED)
    refunded = stripe_sandbox.summary()["refunds_by_metadata"]
    assert each_was_counted_once(begun, refunded)
    comes_to_rest(world)


def test_a_capture_survives_two_deaths(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world, booking_mode="request")

    def begin() -> UUID:
        booking_id = journey.paying()
        world.settle()
        world.do(AcceptBooking(booking_id), journey.vendor)
        return journey.payment_ids[booking_id]

    begun = at_every_pair(world, watched, begin, PAID)
    charged = stripe_sandbox.summary()["charges_succeeded_by_metadata"]
    assert each_was_counted_once(begun, charged)
    comes_to_rest(world)


def test_a_dispute_survives_two_deaths(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world)
    disputes: dict[UUID, str] = {}

    def begin() -> UUID:
        payment_id, disputed = contested(world, stripe_sandbox, journey)
        disputes[payment_id] = disputed
        return payment_id

    begun = at_every_pair(world, watched, begin, WON)
    assert [at for payment_id, at in begun.items() if not was_won_once(stripe_sandbox, disputes[payment_id])] == []
    comes_to_rest(world)
