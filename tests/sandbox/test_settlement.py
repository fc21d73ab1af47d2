"""The currency in which the account settles: charges, refunds and disputes move its balance there, at a rate."""

from typing import Any

import pytest
import stripe

from tests.sandbox.making import charge_of, pay
from tests.sandbox.server import Sandbox

RATE: dict[str, Any] = {"from": "usd", "to": "eur", "rate": "0.92"}


def _moved(entry: object) -> tuple[int, int, str, float | None]:
    assert isinstance(entry, stripe.BalanceTransaction)
    return entry.amount, entry.fee, entry.currency, entry.exchange_rate


def test_a_charge_settles_in_another_currency_and_goes_back_at_another_rate(fresh: Any) -> None:
    sandbox: Sandbox = fresh()
    client = sandbox.client()
    sandbox.control("POST", "/sandbox/settlement", **RATE)
    intent = pay(client, 10_000)
    charge = charge_of(intent)
    assert (charge.amount, charge.currency) == (10_000, "usd")
    assert _moved(charge.balance_transaction) == (9_200, 297, "eur", 0.92)
    sandbox.control("POST", "/sandbox/settlement", **{**RATE, "rate": "0.95"})
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 5_000, "expand": ["balance_transaction"]})
    assert (refund.amount, refund.currency) == (5_000, "usd")
    assert _moved(refund.balance_transaction) == (-4_750, 0, "eur", 0.95)
    sandbox.control("POST", f"/sandbox/charges/{charge.id}/dispute", amount=5_000)
    (dispute,) = client.v1.disputes.list({"charge": charge.id}).data
    assert (dispute.amount, dispute.currency) == (5_000, "usd")
    assert _moved(dispute.balance_transactions[0]) == (-4_750, 2_000, "eur", 0.95)
    sandbox.control("POST", f"/sandbox/disputes/{dispute.id}/won")
    assert _moved(client.v1.disputes.retrieve(dispute.id).balance_transactions[1]) == (4_750, 0, "eur", 0.95)


def test_decimals_are_those_of_each_currency(fresh: Any) -> None:
    sandbox: Sandbox = fresh()
    sandbox.control("POST", "/sandbox/settlement", **{"from": "jpy", "to": "usd", "rate": "0.0067"})
    entry = charge_of(pay(sandbox.client(), 10_000, currency="jpy")).balance_transaction
    assert _moved(entry)[0] == 6_700


def test_amounts_that_three_decimals_do_not_allow_are_not_refunded(client: stripe.StripeClient) -> None:
    intent = pay(client, 10_000, currency="kwd")
    with pytest.raises(stripe.InvalidRequestError, match="multiple of 10"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1_234})
    assert client.v1.refunds.create({"payment_intent": intent.id, "amount": 1_230}).amount == 1_230
