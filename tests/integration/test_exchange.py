"""Charges in dollars on an account that settles in euros, from end to end on the sandbox Stripe, at changing rates."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.complete_booking import CompleteBooking
from commands.refund_payment import RefundPayment
from domain.dispute import Dispute, dispute_id_of
from domain.money import Money
from tests.integration.journey import DAY, PRICE, Journey, registered
from tests.integration.servers import StripeSandbox, eventually, start_sandbox
from tests.integration.test_disputes import contradictions, told
from tests.integration.test_reconciliation import reconciled
from tests.integration.world import World, world_on


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[StripeSandbox]:
    """Of this test alone, because a rate is for the whole account."""
    sandbox = start_sandbox(tmp_path / "sandbox")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def world(database_url: str, tmp_path: Path, sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=sandbox.url) as world:
        yield world


def rate(sandbox: StripeSandbox, dollar_in_euros: str) -> None:
    sandbox.control("POST", "/sandbox/settlement", **{"from": "usd", "to": "eur", "rate": dollar_in_euros})


def on(world: World, account: str) -> dict[str, int]:
    """What stands on an account, by currency: debits less credits, without those that are 0."""
    sql = "SELECT currency, debit_minor - credit_minor FROM read.ledger_account WHERE account = %s"
    return {currency: minor for currency, minor in world.rows(sql, account) if minor}


def test_clearing_comes_to_nothing_in_both_currencies(world: World, sandbox: StripeSandbox) -> None:
    journey, operator = Journey(world, "USD"), registered(world, "operator")
    rate(sandbox, "0.92")
    kept, given_back, contested = journey.paying(), journey.paying(), journey.paying(method="pm_card_createDispute")
    world.settle()
    rate(sandbox, "0.9")
    journey.cancelled(given_back, journey.vendor)
    refund = RefundPayment(kept, journey.payment_ids[kept], Money(10_00, "USD"), "sorry", "goodwill")
    world.do(refund, operator)
    world.settle()
    assert on(world, "stripe.clearing") == {}
    assert on(world, "currency.exchange") == {
        "USD": 3 * PRICE - PRICE - 10_00,
        "EUR": -(3 * PRICE * 92 - PRICE * 90 - 10_00 * 90) // 100,
    }
    stripe_id = sandbox.dispute_of(str(journey.payment_ids[contested]))
    dispute = told(world, stripe_id)
    assert (dispute.withdrawn_minor, dispute.withdrawn_currency) == (PRICE, "USD")
    assert on(world, "stripe.clearing") == {}
    rate(sandbox, "0.95")
    sandbox.control("POST", f"/sandbox/disputes/{stripe_id}/won")
    told(world, stripe_id)
    world.travel(journey.starts_at + DAY)
    for booking_id in (kept, contested):
        world.do(CompleteBooking(booking_id))
    world.settle()
    assert on(world, "stripe.clearing") == {}
    assert on(world, "dispute.withdrawn") == {}
    assert set(on(world, "stripe.balance")) == set(on(world, "stripe.fees")) == {"EUR"}
    assert on(world, "stripe.balance")["EUR"] == next(iter(sandbox.summary()["balances"].values()))["eur"]
    _, ours_only, theirs_only, different = reconciled(world)
    assert (ours_only, theirs_only, different) == (0, 0, 0)
    assert contradictions(world) == []


def test_a_refund_that_comes_back_at_another_rate_is_owed_in_full(world: World, sandbox: StripeSandbox) -> None:
    journey = Journey(world, "USD")
    rate(sandbox, "0.92")
    booking_id = journey.paying(method="pm_card_refundFail")
    world.settle()
    journey.cancelled(booking_id, journey.vendor)
    rate(sandbox, "0.8")
    world.settle()
    (refund_id,) = world.row("SELECT stripe_refund_id FROM read.refund")
    eventually(lambda: sandbox.ask("GET", f"/v1/refunds/{refund_id}")["status"] == "failed")
    world.news("refund.failed", refund_id)
    assert on(world, "refund.payable") == {"USD": -PRICE}
    assert on(world, "stripe.clearing") == {}
    assert contradictions(world) == []


def test_a_dispute_that_is_won_taken_again_and_lost_is_in_the_books_and_agrees(
    world: World, sandbox: StripeSandbox
) -> None:
    journey = Journey(world)
    booking_id = journey.paying()
    world.settle()
    charge_id = sandbox.ask("GET", "/v1/charges", params={"limit": 1})["data"][0]["id"]
    stripe_id = sandbox.control("POST", f"/sandbox/charges/{charge_id}/dispute")["id"]
    for outcome, status in (("won", "won"), ("taken_again", "needs_response"), ("lost", "lost"), ("won", "won")):
        told(world, stripe_id)
        sandbox.control("POST", f"/sandbox/disputes/{stripe_id}/{outcome}")
        told(world, stripe_id)
        assert world.hands.load(Dispute, dispute_id_of(stripe_id)).status == status
        assert on(world, "stripe.clearing") == {}
        assert contradictions(world) == []
    assert world.rows("SELECT status FROM read.booking WHERE booking_id = %s", booking_id) == [("cancelled",)]
    assert on(world, "chargeback.loss") == {"EUR": -PRICE}
    assert reconciled(world)[1:] == (0, 0, 0)


def test_several_disputes_of_one_payment_are_each_in_the_books(world: World, sandbox: StripeSandbox) -> None:
    journey = Journey(world)
    journey.paying()
    world.settle()
    charge_id = sandbox.ask("GET", "/v1/charges", params={"limit": 1})["data"][0]["id"]
    path = f"/sandbox/charges/{charge_id}/dispute"
    ids = [sandbox.control("POST", path, amount=amount)["id"] for amount in (PRICE // 2, PRICE // 4)]
    for stripe_id, outcome in zip(ids, ("won", "lost"), strict=True):
        told(world, stripe_id)
        sandbox.control("POST", f"/sandbox/disputes/{stripe_id}/{outcome}")
        told(world, stripe_id)
    assert world.rows("SELECT price_minor, status FROM read.booking") == [(PRICE * 3 // 4, "confirmed")]
    assert on(world, "stripe.clearing") == {}
    assert contradictions(world) == []
    assert reconciled(world)[1:] == (0, 0, 0)
