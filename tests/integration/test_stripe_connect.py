"""Accounts, transfers, bank payouts and reversals through the real SDK and a socket, against the sandbox Stripe."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
import stripe

from commands.record_payout import RecordBankPayout
from domain.payout import Payout
from domain.vendor_line import Line
from infrastructure.stripe_client import is_replayed
from infrastructure.stripe_gateway import StripeGateway
from tests.integration.servers import SANDBOX_KEY, StripeSandbox, eventually
from tests.integration.stripe_makings import confirmed, key, payment_by


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
        account_id = gateway.accounts.create(uuid4(), key=key()).stripe_account_id
        now = datetime.now(UTC)
        line = Line(uuid4(), uuid4(), "completed", minor, now, now)
        return Payout.draft(
            payout_id=uuid4(),
            vendor_id=uuid4(),
            currency=currency,
            cadence="weekly",
            period_end=now.date(),
            method="stripe",
            destination=account_id,
            lines=(line,),
            now=now,
        )

    return draft


class TestAccounts:
    def test_one_is_made_ready_and_found_again(self, gateway: StripeGateway, began: datetime) -> None:
        vendor_id = uuid4()
        assert gateway.accounts.find(vendor_id, since=began) is None
        made = gateway.accounts.create(vendor_id, key=key())
        assert (made.vendor_id, made.ready, made.requirements) == (vendor_id, True, ())
        assert made.bank_account_id is not None
        assert gateway.accounts.find(vendor_id, since=began) == made
        assert gateway.accounts.fetch(made.stripe_account_id) == made

    def test_its_rights_may_be_taken_away_and_what_is_missing_is_named(
        self, gateway: StripeGateway, stripe_sandbox: StripeSandbox
    ) -> None:
        made = gateway.accounts.create(uuid4(), key=key())
        stripe_sandbox.control("POST", f"/sandbox/accounts/{made.stripe_account_id}", ready="false")
        seen = gateway.accounts.fetch(made.stripe_account_id)
        assert seen is not None
        assert (seen.ready, seen.requirements[0]) == (False, "external_account")

    def test_another_bank_account_is_seen(self, gateway: StripeGateway, stripe_sandbox: StripeSandbox) -> None:
        made = gateway.accounts.create(uuid4(), key=key())
        change_bank(stripe_sandbox, made.stripe_account_id, "btok_us_verified")
        seen = gateway.accounts.fetch(made.stripe_account_id)
        assert seen is not None
        assert seen.bank_account_id != made.bank_account_id

    def test_its_owner_is_sent_to_a_page(self, gateway: StripeGateway, stripe_sandbox: StripeSandbox) -> None:
        made = gateway.accounts.create(uuid4(), key=key())
        url = gateway.accounts.onboarding_url(made.stripe_account_id, return_url="http://127.0.0.1/done")
        assert url == f"{stripe_sandbox.url}/sandbox/onboarding/{made.stripe_account_id}"


class TestPayouts:
    def test_a_transfer_reaches_the_account(self, gateway: StripeGateway, drafted: Callable[..., Payout]) -> None:
        payout = drafted()
        assert gateway.connect.find_transfer(payout) is None
        sent = gateway.connect.create_transfer(payout, key=key())
        assert sent.payout_id == payout.id
        assert sent.entry is not None
        assert (sent.entry.gross_minor, sent.entry.fee_minor) == (-50_00, 0)
        assert gateway.connect.find_transfer(payout) == sent

    def test_a_transfer_needs_the_money_to_be_there(
        self, gateway: StripeGateway, drafted: Callable[..., Payout]
    ) -> None:
        payout, same = drafted(currency="NOK", funded=False), key()
        for again in (False, True):
            with pytest.raises(stripe.InvalidRequestError) as error:
                gateway.connect.create_transfer(payout, key=same)
            assert error.value.code == "balance_insufficient"
            assert is_replayed(error.value) is again

    def test_a_bank_payout_is_paid(self, gateway: StripeGateway, drafted: Callable[..., Payout]) -> None:
        payout = drafted()
        gateway.connect.create_transfer(payout, key=key())
        assert gateway.connect.find_bank_payout(payout) is None
        made = gateway.connect.create_bank_payout(payout, key=key())
        assert (made.payout_id, made.status) == (payout.id, "pending")
        eventually(lambda: gateway.connect.bank_payout(made.stripe_payout_id, payout.destination) == as_paid(made))
        assert gateway.connect.find_bank_payout(payout) == as_paid(made)

    def test_a_bank_payout_may_come_back_after_it_was_paid(
        self, gateway: StripeGateway, drafted: Callable[..., Payout], stripe_sandbox: StripeSandbox
    ) -> None:
        payout = drafted()
        gateway.connect.create_transfer(payout, key=key())
        made = gateway.connect.create_bank_payout(payout, key=key())
        eventually(lambda: gateway.connect.bank_payout(made.stripe_payout_id, payout.destination) == as_paid(made))
        stripe_sandbox.control("POST", f"/sandbox/payouts/{made.stripe_payout_id}/fail", failure_code="no_account")
        seen = gateway.connect.bank_payout(made.stripe_payout_id, payout.destination)
        assert seen == RecordBankPayout(payout.id, made.stripe_payout_id, "failed", "no_account", 50_00)

    def test_a_bank_payout_needs_the_money_to_be_there(
        self, gateway: StripeGateway, drafted: Callable[..., Payout]
    ) -> None:
        with pytest.raises(stripe.InvalidRequestError) as error:
            gateway.connect.create_bank_payout(drafted(), key=key())
        assert error.value.code == "balance_insufficient"

    def test_a_transfer_is_taken_back_whole_and_found_again(
        self, gateway: StripeGateway, drafted: Callable[..., Payout]
    ) -> None:
        payout = drafted()
        sent = gateway.connect.create_transfer(payout, key=key())
        payout.transferred(transfer_id=sent.transfer_id, now=datetime.now(UTC))
        assert gateway.connect.find_reversal(payout) is None
        back = gateway.connect.reverse_transfer(payout, key=key())
        assert (back.payout_id, back.amount_minor) == (payout.id, 50_00)
        assert back.entry is not None
        assert (back.entry.gross_minor, back.entry.fee_minor) == (50_00, 0)
        assert gateway.connect.find_reversal(payout) == back

    def test_a_transfer_that_has_gone_on_to_the_bank_cannot_be_taken_back(
        self, gateway: StripeGateway, drafted: Callable[..., Payout]
    ) -> None:
        payout = drafted()
        sent = gateway.connect.create_transfer(payout, key=key())
        payout.transferred(transfer_id=sent.transfer_id, now=datetime.now(UTC))
        gateway.connect.create_bank_payout(payout, key=key())
        with pytest.raises(stripe.InvalidRequestError) as error:
            gateway.connect.reverse_transfer(payout, key=key())
        assert error.value.code == "balance_insufficient"


def as_paid(made: RecordBankPayout) -> RecordBankPayout:
    return replace(made, status="paid")


def change_bank(sandbox: StripeSandbox, account_id: str, token: str) -> None:
    """What a vendor does on Stripe's own page."""
    answer = httpx.post(
        f"{sandbox.url}/v1/accounts/{account_id}",
        data={"external_account": token},
        headers={"Authorization": f"Bearer {SANDBOX_KEY}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
