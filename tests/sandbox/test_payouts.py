"""Payouts of connected accounts: paid, failed, paid and then failed."""

import pytest
import stripe

from tests.sandbox.making import available, events_of, funded_vendor, vendor
from tests.sandbox.server import Sandbox, eventually


def _reached(client: stripe.StripeClient, account: str, payout_id: str, status: str) -> stripe.Payout:
    def look() -> stripe.Payout | None:
        payout = client.v1.payouts.retrieve(payout_id, options={"stripe_account": account})
        return payout if payout.status == status else None

    return eventually(look)


def _pay_out(client: stripe.StripeClient, account: str, amount: int = 4000, **metadata: str) -> stripe.Payout:
    return client.v1.payouts.create(
        {"amount": amount, "currency": "usd", "metadata": metadata}, {"stripe_account": account}
    )


def test_a_payout_is_paid(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = funded_vendor(client)
    payout = _pay_out(client, account, payout_id="p-1")
    assert (payout.status, available(client, account)) == ("pending", 1000)
    paid = _reached(client, account, payout.id, "paid")
    assert paid.failure_code is None
    assert events_of(sandbox, payout.id, account) == [
        "payout.created",
        "payout.updated",
        "payout.updated",
        "payout.paid",
    ]
    options: stripe.RequestOptions = {"stripe_account": account}
    assert [item.id for item in client.v1.payouts.list({"status": "paid"}, options).data] == [payout.id]
    assert client.v1.payouts.list({"status": "failed"}, options).data == []
    assert [t.type for t in client.v1.balance_transactions.list({"payout": payout.id}, options).data] == ["payout"]


def test_a_payout_beyond_the_balance_is_refused(client: stripe.StripeClient) -> None:
    account = funded_vendor(client, 5000)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        _pay_out(client, account, 5001)
    assert caught.value.code == "balance_insufficient"


def test_a_paid_payout_may_fail_and_the_money_comes_back(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = funded_vendor(client)
    payout = _pay_out(client, account)
    _reached(client, account, payout.id, "paid")
    failed = sandbox.control("POST", f"/sandbox/payouts/{payout.id}/fail", failure_code="no_account")
    assert (failed["status"], failed["failure_code"]) == ("failed", "no_account")
    assert available(client, account) == 5000
    again = client.v1.payouts.retrieve(
        payout.id, {"expand": ["failure_balance_transaction"]}, {"stripe_account": account}
    )
    assert isinstance(again.failure_balance_transaction, stripe.BalanceTransaction)
    assert (again.failure_balance_transaction.amount, again.failure_balance_transaction.type) == (
        4000,
        "payout_failure",
    )
    assert events_of(sandbox, payout.id, account)[-1] == "payout.failed"
    sandbox.control("POST", f"/sandbox/payouts/{payout.id}/fail")
    assert available(client, account) == 5000


@pytest.mark.parametrize("outcome", ["failed", "paid_then_failed"])
def test_metadata_orders_the_outcome(sandbox: Sandbox, client: stripe.StripeClient, outcome: str) -> None:
    account = funded_vendor(client)
    payout = _pay_out(client, account, sandbox_outcome=outcome)
    _reached(client, account, payout.id, "failed")
    types = events_of(sandbox, payout.id, account)
    assert ("payout.paid" in types, types[-1]) == (outcome == "paid_then_failed", "payout.failed")


def test_a_closed_bank_account_makes_payouts_fail(client: stripe.StripeClient) -> None:
    account = funded_vendor(client)
    client.v1.accounts.external_accounts.create(account, {"external_account": "btok_us_verified_accountClosed"})
    payout = _pay_out(client, account)
    assert _reached(client, account, payout.id, "failed").failure_code == "account_closed"


def test_a_pending_payout_is_canceled(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    account = funded_vendor(client)
    canceled = client.v1.payouts.cancel(_pay_out(client, account).id, options={"stripe_account": account})
    assert (canceled.status, available(client, account)) == ("canceled", 5000)


def test_an_account_without_payouts_cannot_pay_out(client: stripe.StripeClient) -> None:
    account = vendor(client, metadata={"sandbox_onboarding": "required"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        _pay_out(client, account)
    assert caught.value.code == "payouts_not_allowed"
