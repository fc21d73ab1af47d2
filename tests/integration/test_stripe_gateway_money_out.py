"""Refunds through the real SDK and a real socket, against the sandbox Stripe; and who is told the news."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from domain.payment import Payment
from infrastructure.stripe_gateway import StripeGateway
from tests.integration.servers import SANDBOX_KEY, StripeSandbox, eventually
from tests.integration.stripe_makings import PRICE, key, paid


@pytest.fixture
def began() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def gateway(stripe_sandbox: StripeSandbox) -> StripeGateway:
    return StripeGateway(SANDBOX_KEY, stripe_sandbox.url)


class TestRefunds:
    def test_one_is_made_in_part_with_its_entry(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway)
        seen = gateway.refunds.create(payment, refund_id, key=key())
        assert (seen.status, seen.failure_code, seen.returned) == ("succeeded", None, None)
        assert seen.entry is not None
        assert (seen.entry.gross_minor, seen.entry.fee_minor) == (-PRICE // 2, 0)
        assert gateway.refunds.find(payment, refund_id) == seen
        metadata, again = gateway.refunds.fetch(seen.stripe_refund_id)
        assert (metadata["refund_id"], metadata["payment_id"], again) == (str(refund_id), str(payment.id), seen)

    def test_one_that_was_never_made_is_not_found(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway)
        assert gateway.refunds.find(payment, refund_id) is None

    def test_one_may_be_pending_and_succeed_later(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway, "pm_card_pendingRefund")
        seen = gateway.refunds.create(payment, refund_id, key=key())
        assert (seen.status, seen.entry) == ("pending", None)
        later = eventually(
            lambda: (
                seen
                if (seen := gateway.refunds.fetch(seen_id(gateway, payment, refund_id))[1]).status != "pending"
                else None
            )
        )
        assert later.status == "succeeded"
        assert later.entry is not None

    def test_one_may_succeed_and_fail_later_and_the_money_is_back(self, gateway: StripeGateway) -> None:
        payment, refund_id = paid(gateway, "pm_card_refundFail")
        made = gateway.refunds.create(payment, refund_id, key=key())
        assert made.status == "succeeded"

        def failed() -> bool:
            return gateway.refunds.fetch(made.stripe_refund_id)[1].status == "failed"

        eventually(failed)
        seen = gateway.refunds.fetch(made.stripe_refund_id)[1]
        assert (seen.failure_code, seen.entry) == ("unknown", made.entry)
        assert seen.returned is not None
        assert seen.returned.gross_minor == PRICE // 2


def seen_id(gateway: StripeGateway, payment: Payment, refund_id: UUID) -> str:
    found = gateway.refunds.find(payment, refund_id)
    assert found is not None
    return found.stripe_refund_id


def test_webhooks_are_registered_once_for_us_and_once_for_our_vendors(gateway: StripeGateway) -> None:
    url = f"http://127.0.0.1:9/{uuid4()}"
    first, second = gateway.news.register_webhooks(url), gateway.news.register_webhooks(url)
    assert len(first) == len(second) == 2
    assert not set(first) & set(second)
