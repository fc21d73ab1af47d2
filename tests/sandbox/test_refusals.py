"""What is refused before anything happens: keys, parameters, amounts, unknown objects."""

import base64
from typing import Any

import pytest
import stripe

from tests.sandbox.making import charge_of, error_of, pay
from tests.sandbox.server import KEY, CheckedClient, Sandbox


@pytest.mark.parametrize("key", ["sk_live_1234567890abcd", "pk_test_123", "nonsense"])
def test_only_secret_test_keys_open(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        sandbox.client(key).v1.balance.retrieve()
    assert caught.value.http_status == 401
    assert "1234567890" not in str(caught.value)


def test_basic_authentication_opens_too(sandbox: Sandbox) -> None:
    basic = base64.b64encode(f"{KEY}:".encode()).decode()
    assert sandbox.raw("GET", "/v1/balance", Authorization=f"Basic {basic}").status_code == 200
    assert sandbox.raw("GET", "/v1/balance", Authorization="").status_code == 401


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": 29, "currency": "gbp"}, "amount_too_small", "amount"),
        ({"amount": -5}, "parameter_invalid_integer", "amount"),
        ({"amount": 1.5}, "parameter_invalid_integer", "amount"),
        ({"amount": 1001, "currency": "kwd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 150, "currency": "isk"}, "parameter_invalid_integer", "amount"),
        ({"currency": "xxx"}, None, "currency"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"automatic_payment_methods": {"enabled": True, "colour": "red"}}, "parameter_unknown", None),
        ({"description": ""}, None, None),
        ({"transfer_group": ""}, "parameter_invalid_empty", "transfer_group"),
        ({"capture_method": "never"}, None, "capture_method"),
        ({"confirm": "yes"}, None, "confirm"),
        ({"metadata": {"k" * 41: "v"}}, None, None),
        ({"transfer_data": {"destination": "acct_1"}}, None, "transfer_data"),
        ({"customer": "cus_unknown"}, "resource_missing", "customer"),
        ({"payment_method": "pm_unknown"}, "resource_missing", "payment_method"),
        ({"off_session": True}, None, "off_session"),
    ],
)
def test_wrong_parameters(sandbox: Sandbox, change: dict[str, Any], code: str | None, param: str | None) -> None:
    params: Any = {"amount": 1000, "currency": "usd", **change}
    client = sandbox.client()
    if change == {"description": ""}:
        assert client.v1.payment_intents.create(params).description is None
        return
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(params)
    assert (caught.value.http_status, caught.value.code) == (400, code)
    assert param in {None, caught.value.param}


def test_missing_parameters_and_unknown_objects(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    incomplete = sandbox.raw("POST", "/v1/payment_intents", {"amount": "1000"})
    assert (incomplete.json()["error"]["code"], incomplete.json()["error"]["param"]) == (
        "parameter_missing",
        "currency",
    )
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.retrieve("pi_unknown")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.request_id is not None
    assert caught.value.request_id.startswith("req_")
    assert "request_log_url" in error_of(caught.value)


def test_zero_decimal_currencies_are_whole_units(client: stripe.StripeClient) -> None:
    intent = pay(client, 5000, currency="jpy")
    transaction = charge_of(intent).balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert (intent.amount_received, transaction.currency, transaction.net) == (5000, "jpy", 4825)
    with pytest.raises(stripe.InvalidRequestError, match="at least ¥50 jpy"):
        pay(client, 49, currency="jpy")


def test_a_raw_card_number_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="generally unsafe"):
        client.v1.payment_methods.create({
            "type": "card",
            "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034},
        })  # fmt: skip
    assert client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).type == "card"


def test_an_unknown_url_is_told_so_in_stripes_form(sandbox: Sandbox) -> None:
    client = sandbox.client(http=None)
    assert isinstance(CheckedClient(sandbox.spec), stripe.HTTPClient)
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.products.list()
