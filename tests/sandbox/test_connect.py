"""Accounts, transfers and reversals."""

from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.making import available, charge_of, error_of, events_of, funded_vendor, pay, vendor
from tests.sandbox.server import Sandbox


def test_an_account_is_ready_at_once(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({
        "type": "express",
        "country": "DE",
        "email": "v@example.test",
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"vendor_id": "v-1"},
    })  # fmt: skip
    assert (account.payouts_enabled, account.details_submitted, account.default_currency) == (True, True, "eur")
    assert account.capabilities is not None
    assert account.capabilities.transfers == "active"
    assert client.v1.accounts.retrieve(account.id).to_dict()["metadata"] == {"vendor_id": "v-1"}
    assert client.v1.accounts.list({"limit": 1}).data[0].id == account.id
    updated = client.v1.accounts.update(account.id, {"metadata": {"vendor_id": "", "x": "y"}})
    assert updated.to_dict()["metadata"] == {"x": "y"}
    own = client.v1.accounts.retrieve_current()
    assert own.id != account.id
    capabilities = client.v1.accounts.capabilities.list(account.id)
    assert [(item.id, item.status) for item in capabilities.data] == [("transfers", "active")]


def test_an_account_may_have_to_be_onboarded_first(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = vendor(client, metadata={"sandbox_onboarding": "required"})
    assert not client.v1.accounts.retrieve(account).payouts_enabled
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.transfers.create({"amount": 1, "currency": "usd", "destination": account})
    assert caught.value.code == "insufficient_capabilities_for_transfer"
    link = client.v1.account_links.create({
        "account": account,
        "type": "account_onboarding",
        "refresh_url": "https://shop.test/again",
        "return_url": "https://shop.test/done",
    })  # fmt: skip
    assert link.url.startswith(sandbox.url)
    assert "Complete" in httpx.get(link.url).text
    page = httpx.post(link.url, data={"outcome": "complete", "from_page": "1"})
    assert (page.status_code, page.headers["location"]) == (303, "https://shop.test/done")
    assert client.v1.accounts.retrieve(account).payouts_enabled
    assert sandbox.control("POST", f"/sandbox/accounts/{account}", ready=False)["payouts_enabled"] is False
    assert events_of(sandbox, account, account) == ["account.updated"] * 3


def test_a_transfer_moves_the_money_of_a_charge(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account, charge = vendor(client), charge_of(pay(client, 10000, transfer_group="booking-7"))
    before = available(client)
    transfer = client.v1.transfers.create({
        "amount": 8000,
        "currency": "usd",
        "destination": account,
        "source_transaction": charge.id,
        "metadata": {"booking_id": "b-7"},
        "expand": ["balance_transaction", "destination_payment", "destination"],
    })  # fmt: skip
    assert isinstance(transfer.balance_transaction, stripe.BalanceTransaction)
    assert isinstance(transfer.destination_payment, str | stripe.Charge)
    assert (transfer.balance_transaction.amount, transfer.transfer_group) == (-8000, "booking-7")
    assert (available(client), available(client, account)) == (before - 8000, 8000)
    assert [t.id for t in client.v1.transfers.list({"destination": account}).data] == [transfer.id]
    assert transfer.id in [t.id for t in client.v1.transfers.list({"transfer_group": "booking-7"}).data]
    assert charge.id in [c.id for c in client.v1.charges.list({"transfer_group": "booking-7"}).data]
    assert events_of(sandbox, transfer.id) == ["transfer.created"]
    with pytest.raises(stripe.InvalidRequestError, match="must not exceed the source amount"):
        client.v1.transfers.create(
            {"amount": 2001, "currency": "usd", "destination": account, "source_transaction": charge.id}
        )


def test_a_transfer_without_source_needs_available_funds(client: stripe.StripeClient) -> None:
    account = vendor(client)
    params: Any = {"amount": 900, "currency": "nok", "destination": account}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.transfers.create(params)
    assert caught.value.code == "balance_insufficient"
    pay(client, 2000, currency="nok")
    assert client.v1.transfers.create(params).source_transaction is None
    assert available(client, account, "nok") == 900


def test_reversals_in_parts_until_nothing_is_left(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = funded_vendor(client, 5000)
    transfer_id = client.v1.transfers.list({"destination": account}).data[0].id
    before = available(client)
    client.v1.transfers.reversals.create(transfer_id, {"amount": 2000, "metadata": {"why": "cancelled"}})
    part = client.v1.transfers.retrieve(transfer_id)
    assert (part.amount_reversed, part.reversed, available(client, account)) == (2000, False, 3000)
    with pytest.raises(stripe.InvalidRequestError, match="greater than the unreversed"):
        client.v1.transfers.reversals.create(transfer_id, {"amount": 3001})
    client.v1.transfers.reversals.create(transfer_id)
    full = client.v1.transfers.retrieve(transfer_id)
    assert (full.amount_reversed, full.reversed, available(client)) == (5000, True, before + 5000)
    assert len(full.reversals.data) == len(client.v1.transfers.reversals.list(transfer_id).data) == 2
    assert events_of(sandbox, transfer_id) == ["transfer.created", "transfer.reversed", "transfer.reversed"]


def test_a_reversal_needs_the_vendors_money(client: stripe.StripeClient) -> None:
    account = funded_vendor(client, 5000)
    transfer_id = client.v1.transfers.list({"destination": account}).data[0].id
    client.v1.payouts.create({"amount": 4000, "currency": "usd"}, {"stripe_account": account})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.transfers.reversals.create(transfer_id, {"amount": 1001})
    assert caught.value.code == "balance_insufficient"
    assert client.v1.transfers.reversals.create(transfer_id, {"amount": 1000}).amount == 1000


def test_an_unknown_account_is_forbidden(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.PermissionError) as caught:
        client.v1.balance.retrieve(options={"stripe_account": "acct_unknown"})
    assert error_of(caught.value)["code"] == "account_invalid"
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.transfers.create({"amount": 1, "currency": "usd", "destination": "acct_unknown"})
    assert (missing.value.code, missing.value.param) == ("resource_missing", "destination")
