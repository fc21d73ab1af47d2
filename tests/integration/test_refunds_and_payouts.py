"""Refunds that wait or come back, payouts that wait or come back, and news that a webhook brings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.cancel_booking import CancelBooking
from commands.draft_payout import DraftPayout
from commands.vendor_settings import RequestPayoutAccount
from domain.payment import Payment
from domain.payout import Payout
from domain.periods import cutoff_of, last_period_end
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import StripeSandbox
from tests.integration.world import World, world_on


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


class TestRefund:
    def cancelled(self, world: World, journey: Journey, method: str) -> Payment:
        booking_id = journey.paying(method=method)
        world.settle()
        world.do(CancelBooking(booking_id, "rain"), journey.vendor)
        world.settle()
        return world.hands.load(Payment, journey.payment_ids[booking_id])

    def refund(self, world: World) -> tuple[str, str, int]:
        status, stripe_id, refunded_minor = world.row(
            "SELECT r.status, r.stripe_refund_id, p.refunded_minor"
            " FROM read.refund AS r JOIN read.payment AS p USING (payment_id)"
        )
        return status, stripe_id, refunded_minor

    def test_a_pending_one_is_waited_for(self, world: World, journey: Journey) -> None:
        self.cancelled(world, journey, "pm_card_pendingRefund")
        world.settle_until("SELECT 1 FROM read.refund WHERE status = 'succeeded'")
        assert self.refund(world)[2] == PRICE
        world.settle()
        assert world.in_peace()
        assert world.clearing() == 0

    def test_one_that_comes_back_is_owed_again(self, world: World, journey: Journey) -> None:
        payment = self.cancelled(world, journey, "pm_card_refundFail")
        stripe_id = self.refund(world)[1]
        for _ in range(200):
            world.news("refund.failed", stripe_id)
            if self.refund(world)[0] == "failed":
                break
        assert self.refund(world) == ("failed", stripe_id, 0)
        assert world.hands.load(Payment, payment.id).refunded_minor == 0
        assert world.clearing() == 0
        owed = "SELECT credit_minor - debit_minor FROM read.ledger_account WHERE account = 'refund.payable'"
        assert world.rows(owed) == [(PRICE,)]

    def test_one_that_fails_while_pending_is_owed_still(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        """It never touched the balance, so Stripe has no entry that gives it back."""
        stripe_sandbox.fault("pending_refund")
        self.cancelled(world, journey, "pm_card_visa")
        stripe_id = self.refund(world)[1]
        stripe_sandbox.control("POST", f"/sandbox/refunds/{stripe_id}/fail")
        world.settle_until("SELECT 1 FROM read.refund WHERE status = 'failed'")
        assert world.clearing() == 0
        assert world.in_peace()


class TestPayout:
    def drafted(self, world: World, journey: Journey) -> Payout:
        """A payout of one completed trip, by a journey that Stripe itself was not asked about."""
        world.do(RequestPayoutAccount(), journey.vendor)
        world.settle()
        booking_id = journey.paying()
        world.own.execute("UPDATE board.task SET state = 'done'")
        journey.stripe_says(booking_id, "succeeded")
        journey.earned(booking_id)
        period_end = last_period_end("weekly", world.now().date() + 7 * DAY)
        cutoff = cutoff_of(period_end, "UTC")
        world.travel(cutoff)
        world.follow()
        world.own.execute("UPDATE board.task SET state = 'done' WHERE kind <> 'transfer'")
        payout: Payout = world.do(DraftPayout(journey.vendor_id, journey.currency, "weekly", period_end, cutoff))
        return payout

    def test_one_that_the_balance_does_not_cover_waits_for_the_money(
        self, world: World, stripe_sandbox: StripeSandbox
    ) -> None:
        journey = Journey(world, currency="DKK")
        payout = self.drafted(world, journey)
        for _ in range(3):
            world.settle()
            assert world.row("SELECT state, attempts, last_error FROM board.task WHERE kind = 'transfer'") == (
                "due",
                0,
                "the balance does not cover it yet",
            )
            world.hurry()
        other = Journey(world, currency="DKK")
        other.paying()
        world.settle()
        world.settle_until("SELECT 1 FROM read.payout WHERE status = 'paid'")
        assert stripe_sandbox.summary()["transfers_by_metadata"]["payout_id"][str(payout.id)] == 1


class TestNews:
    def test_an_account_that_loses_its_rights_is_not_ready_any_more(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        world.do(RequestPayoutAccount(), journey.vendor)
        world.settle()
        stripe_id, ready = world.row("SELECT stripe_account_id, ready FROM read.vendor")
        assert ready
        stripe_sandbox.control("POST", f"/sandbox/accounts/{stripe_id}", ready="false")
        world.news("account.updated", stripe_id, stripe_id)
        assert world.row("SELECT ready FROM read.vendor") == (False,)

    def test_news_of_what_is_none_of_our_business_is_done_with(
        self, world: World, journey: Journey, stripe_sandbox: StripeSandbox
    ) -> None:
        world.news("charge.succeeded", "ch_1")
        world.news("customer.created", "cus_1")
        assert world.in_peace()

    def test_a_charge_tells_of_its_fee(self, world: World, journey: Journey, stripe_sandbox: StripeSandbox) -> None:
        stripe_sandbox.fault("late_fee", seconds=0.2)
        journey.paying()
        world.settle()
        (charge_id,) = world.row("SELECT charge_id FROM read.payment")
        for _ in range(100):
            world.news("charge.updated", charge_id)
            if world.clearing() == 0:
                break
        assert world.clearing() == 0

    def test_the_same_news_again_changes_nothing(self, world: World, journey: Journey) -> None:
        journey.paying()
        world.settle()
        before = world.row("SELECT max(notification_id) FROM log.events")
        (intent_id,) = world.row("SELECT intent_id FROM read.payment")
        for kind in ("payment_intent.created", "payment_intent.succeeded", "payment_intent.succeeded"):
            world.news(kind, intent_id)
        assert world.row("SELECT max(notification_id) FROM log.events") == before
        assert world.in_peace()
