"""Refunds, accounts, transfers and bank payouts through the real SDK and a real socket, against the sandbox Stripe."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import stripe

from commands.record_payout import RecordBankPayout
from domain.payment import Payment
from domain.payout import Payout
from domain.vendor_ledger import Line
from infrastructure.stripe_gateway import StripeGateway, is_replayed
from tests.integration.servers import SANDBOX_KEY, StripeSandbox, eventually
from tests.integration.stripe_makings import PRICE, confirmed, key, paid, payment_by


@pytest.fixture
def began() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def gateway(stripe_sandbox: StripeSandbox) -> StripeGateway:
    return StripeGateway(SANDBOX_KEY, stripe_sandbox.url)


@pytest.fixture
def drafted(gateway: StripeGateway) -> Callable[..., Payout]:
    """A payout to a ready account; the platform's balance covers it."""

    def draft(minor: int = 50_00, currency: str = "EUR", *, funded: bool = True) -> Payout:
        if funded:
            confirmed(gateway, payment_by(currency=currency))
        account_id, ready = gateway.create_account(uuid4(), key=key())
        assert ready
        now = datetime.now(UTC)
        line = Line(uuid4(), uuid4(), "completed", minor, now, now)
        return Payout.draft(
            payout_id=uuid4(),
            vendor_id=uuid4(),
            currency=currency,
            cadence="weekly",
            period_end=now.date(),
            destination=account_id,
            lines=(line,),
            now=now,
        )

    return draft


class TestRefunds:
    def test_one_is_made_in_part_with_its_entry(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway)
        seen = gateway.create_refund(payment, refund_id, key=key())
        assert (seen.status, seen.failure_code, seen.returned) == ("succeeded", None, None)
        assert seen.entry is not None
        assert (seen.entry.gross_minor, seen.entry.fee_minor) == (-PRICE // 2, 0)
        assert gateway.find_refund(payment, refund_id) == seen
        metadata, again = gateway.refund(seen.stripe_refund_id)
        assert (metadata["refund_id"], metadata["payment_id"], again) == (str(refund_id), str(payment.id), seen)

    def test_one_that_was_never_made_is_not_found(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway)
        assert gateway.find_refund(payment, refund_id) is None

    def test_one_may_be_pending_and_succeed_later(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway, "pm_card_pendingRefund")
        seen = gateway.create_refund(payment, refund_id, key=key())
        assert (seen.status, seen.entry) == ("pending", None)
        later = eventually(
            lambda: (
                seen if (seen := gateway.refund(seen_id(gateway, payment, refund_id))[1]).status != "pending" else None
            )
        )
        assert later.status == "succeeded"
        assert later.entry is not None

    def test_one_may_succeed_and_fail_later_and_the_money_is_back(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway, "pm_card_refundFail")
        made = gateway.create_refund(payment, refund_id, key=key())
        assert made.status == "succeeded"

        def failed() -> bool:
            return gateway.refund(made.stripe_refund_id)[1].status == "failed"

        eventually(failed)
        seen = gateway.refund(made.stripe_refund_id)[1]
        assert (seen.failure_code, seen.entry) == ("unknown", made.entry)
        assert seen.returned is not None
        assert seen.returned.gross_minor == PRICE // 2


def seen_id(gateway: StripeGateway, payment: Payment, refund_id: UUID) -> str:
    found = gateway.find_refund(payment, refund_id)
    assert found is not None
    return found.stripe_refund_id


class TestAccounts:
    def test_one_is_made_ready_and_found_again(self, gateway: StripeGateway, began: datetime) -> None:
        vendor_id = uuid4()
        assert gateway.find_account(vendor_id, since=began) is None
        account_id, ready = gateway.create_account(vendor_id, key=key())
        assert ready
        assert gateway.find_account(vendor_id, since=began) == (account_id, True)
        assert gateway.account(account_id) == ({"vendor_id": str(vendor_id)}, True)

    def test_its_rights_may_be_taken_away(self, gateway: StripeGateway, stripe_sandbox: StripeSandbox) -> None:
        account_id, _ = gateway.create_account(uuid4(), key=key())
        stripe_sandbox.control("POST", f"/sandbox/accounts/{account_id}", ready="false")
        assert gateway.account(account_id)[1] is False


class TestPayouts:
    def test_a_transfer_reaches_the_account(self, gateway: StripeGateway, drafted: Callable[..., Payout]) -> None:
        payout = drafted()
        assert gateway.find_transfer(payout) is None
        sent = gateway.create_transfer(payout, key=key())
        assert sent.payout_id == payout.id
        assert sent.entry is not None
        assert (sent.entry.gross_minor, sent.entry.fee_minor) == (-50_00, 0)
        assert gateway.find_transfer(payout) == sent

    def test_a_transfer_needs_the_money_to_be_there(
        self, gateway: StripeGateway, drafted: Callable[..., Payout]
    ) -> None:
        payout, same = drafted(currency="NOK", funded=False), key()
        for again in (False, True):
            with pytest.raises(stripe.InvalidRequestError) as error:
                gateway.create_transfer(payout, key=same)
            assert error.value.code == "balance_insufficient"
            assert is_replayed(error.value) is again

    def test_a_bank_payout_is_paid(
        self, gateway: StripeGateway, drafted: Callable[..., Payout], began: datetime
    ) -> None:
        payout = drafted()
        gateway.create_transfer(payout, key=key())
        assert gateway.find_bank_payout(payout, since=began) is None
        made = gateway.create_bank_payout(payout, key=key())
        assert (made.payout_id, made.status) == (payout.id, "pending")
        eventually(lambda: gateway.bank_payout(made.stripe_payout_id, payout.destination) == as_paid(made))
        assert gateway.find_bank_payout(payout, since=began) == as_paid(made)

    def test_a_bank_payout_may_come_back_after_it_was_paid(
        self, gateway: StripeGateway, drafted: Callable[..., Payout], stripe_sandbox: StripeSandbox
    ) -> None:
        payout = drafted()
        gateway.create_transfer(payout, key=key())
        made = gateway.create_bank_payout(payout, key=key())
        eventually(lambda: gateway.bank_payout(made.stripe_payout_id, payout.destination) == as_paid(made))
        stripe_sandbox.control("POST", f"/sandbox/payouts/{made.stripe_payout_id}/fail", failure_code="no_account")
        seen = gateway.bank_payout(made.stripe_payout_id, payout.destination)
        assert seen == RecordBankPayout(payout.id, made.stripe_payout_id, "failed", "no_account")

    def test_a_bank_payout_needs_the_money_to_be_there(
        self, gateway: StripeGateway, drafted: Callable[..., Payout]
    ) -> None:
        with pytest.raises(stripe.InvalidRequestError) as error:
            gateway.create_bank_payout(drafted(), key=key())
        assert error.value.code == "balance_insufficient"


def as_paid(made: RecordBankPayout) -> RecordBankPayout:
    return RecordBankPayout(made.payout_id, made.stripe_payout_id, "paid")


def test_webhooks_are_registered_once_for_us_and_once_for_our_vendors(gateway: StripeGateway) -> None:
    url = f"http://127.0.0.1:9/{uuid4()}"
    first, second = gateway.register_webhooks(url), gateway.register_webhooks(url)
    assert len(first) == len(second) == 2
    assert not set(first) & set(second)
