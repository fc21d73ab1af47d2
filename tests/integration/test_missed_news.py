"""News that no webhook brought is fetched from Stripe, stored once, and acted on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands.vendor_settings import RequestPayoutAccount
from domain.payment import Payment
from tests.integration.journey import Journey
from tests.integration.servers import StripeSandbox, eventually, start_sandbox
from tests.integration.world import World, world_on
from workers.missed_news import fetch_once


@pytest.fixture
def stripe_sandbox(tmp_path: Path) -> Iterator[StripeSandbox]:
    """One of its own: what happened in other tests is no news here."""
    sandbox = start_sandbox(tmp_path / "own-sandbox")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world, booking_mode="request")


def down_since(world: World, ago: timedelta) -> None:
    since = (datetime.now(UTC) - ago).isoformat()
    world.own.execute("INSERT INTO ops.setting VALUES ('stripe_events_seen_until', %s)", (since,))


def fetched(world: World, *, live: bool = False) -> int:
    return fetch_once(world.own, world.hands, live=live)


def test_what_happened_while_nobody_listened_is_recorded(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox
) -> None:
    """The bank lets a card's money go, and the webhook that said so never came."""
    down_since(world, timedelta(minutes=10))
    booking_id = journey.paying()
    world.settle()
    intent_id = world.hands.load(Payment, journey.payment_ids[booking_id]).intent_id
    stripe_sandbox.control("POST", "/sandbox/clock", advance_seconds=7 * 86_400 + 60)
    assert intent_id is not None
    eventually(lambda: world.hands.stripe.payments.fetch(intent_id).status == "canceled")
    assert fetched(world) > 0
    world.settle()
    assert world.row("SELECT status FROM read.payment") == ("voided",)
    assert world.in_peace()


def test_each_event_is_stored_once_however_often_it_is_seen(world: World, journey: Journey) -> None:
    down_since(world, timedelta(minutes=10))
    journey.paying()
    world.settle()
    missed = fetched(world)
    assert missed > 0
    assert world.row("SELECT count(*) FROM board.task WHERE kind = 'stripe_news'") == (missed,)
    assert fetched(world) == 0


def test_a_first_start_begins_with_what_happens_from_now_on(world: World, journey: Journey) -> None:
    assert fetched(world) >= 0
    (seen_until,) = world.row("SELECT value FROM ops.setting WHERE key = 'stripe_events_seen_until'")
    assert datetime.fromisoformat(seen_until) > datetime.now(UTC) - timedelta(minutes=1)


def test_after_a_long_silence_vendors_own_accounts_are_asked_about_too(
    world: World, journey: Journey, stripe_sandbox: StripeSandbox
) -> None:
    world.do(RequestPayoutAccount(), journey.vendor)
    world.settle()
    (account_id,) = world.row("SELECT stripe_account_id FROM read.vendor WHERE stripe_account_id IS NOT NULL")
    stripe_sandbox.control("POST", f"/sandbox/accounts/{account_id}", ready="false")
    down_since(world, timedelta(hours=2))
    fetched(world)
    world.settle()
    assert world.row("SELECT ready FROM read.vendor WHERE stripe_account_id = %s", account_id) == (False,)


def test_events_of_the_other_mode_are_none_of_ours(world: World, journey: Journey) -> None:
    down_since(world, timedelta(minutes=10))
    journey.paying()
    world.settle()
    assert fetched(world, live=True) == 0
