"""PaymentIntents: paid, declined, authenticated, captured, canceled."""

from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.making import charge_of, error_of, events_of, pay
from tests.sandbox.server import Sandbox, eventually


def test_a_payment_succeeds_with_its_fee(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay(client, 10000)
    charge = charge_of(intent)
    transaction = charge.balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert (intent.status, intent.amount_received, charge.captured) == ("succeeded", 10000, True)
    assert (transaction.amount, transaction.fee, transaction.net) == (10000, 320, 9680)
    assert (transaction.status, transaction.type, transaction.source) == ("available", "charge", charge.id)
    assert events_of(sandbox, intent.id) == ["payment_intent.created", "payment_intent.succeeded"]
    assert events_of(sandbox, charge.id) == ["charge.succeeded"]


@pytest.mark.parametrize(
    ("currency", "amount", "fee"),
    [
        ("usd", 50, 31),
        ("usd", 60, 32),
        ("usd", 500, 45),
        ("usd", 1050, 60),
        ("usd", 1051, 60),
        ("usd", 1017, 59),
        ("jpy", 5000, 175),
        ("kwd", 1000, 119),
    ],
)
def test_fees_are_rounded_half_up(client: stripe.StripeClient, currency: str, amount: int, fee: int) -> None:
    transaction = charge_of(pay(client, amount, currency=currency)).balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert (transaction.fee, transaction.net) == (fee, amount - fee)


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
def test_a_declined_card_answers_402_and_leaves_a_failed_charge(
    sandbox: Sandbox, client: stripe.StripeClient, card: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(client, card=card)
    error = error_of(caught.value)
    intent = client.v1.payment_intents.retrieve(error["payment_intent"]["id"])
    assert (caught.value.http_status, error["code"], error.get("decline_code")) == (402, code, decline_code)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == code
    assert client.v1.charges.retrieve(error["charge"]).status == "failed"
    assert events_of(sandbox, intent.id)[-1] == "payment_intent.payment_failed"


def test_a_declined_payment_is_confirmed_again_with_another_card(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(client, card="pm_card_chargeDeclined")
    intent_id = error_of(caught.value)["payment_intent"]["id"]
    intent = client.v1.payment_intents.confirm(intent_id, {"payment_method": "pm_card_mastercard"})
    assert intent.status == "succeeded"
    charges = client.v1.charges.list({"payment_intent": intent_id})
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


def _to_authenticate(client: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    return pay(client, card="pm_card_authenticationRequired", return_url="https://shop.test/back?x=1", **more)


def test_3ds_that_succeeds_pays(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = _to_authenticate(client)
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    redirect = intent.next_action.to_dict()["redirect_to_url"]
    assert "Authenticate" in httpx.get(redirect["url"]).text
    answer = httpx.post(redirect["url"], data={"outcome": "succeeded"})
    assert answer.json()["status"] == "succeeded"
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert events_of(sandbox, intent.id)[1:] == ["payment_intent.requires_action", "payment_intent.succeeded"]


def test_3ds_that_fails_asks_for_another_card(client: stripe.StripeClient) -> None:
    intent = _to_authenticate(client)
    assert intent.next_action is not None
    url = intent.next_action.to_dict()["redirect_to_url"]["url"]
    page = httpx.post(url, data={"outcome": "failed", "from_page": "1"})
    assert page.status_code == 303
    assert page.headers["location"].startswith(f"https://shop.test/back?x=1&payment_intent={intent.id}&")
    assert page.headers["location"].endswith("redirect_status=failed")
    failed = client.v1.payment_intents.retrieve(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert httpx.post(url, data={"outcome": "succeeded"}).status_code == 400


def test_3ds_without_return_url_still_tells_where_to_go(client: stripe.StripeClient) -> None:
    intent = pay(client, card="pm_card_authenticationRequired", capture_method="manual")
    assert intent.next_action is not None
    action = intent.next_action.to_dict()
    assert action["type"] == "use_stripe_sdk"
    assert httpx.post(action["use_stripe_sdk"]["stripe_js"], data={"outcome": "succeeded"}).is_success
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


def test_off_session_cannot_authenticate(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(client, card="pm_card_authenticationRequired", off_session=True)
    assert caught.value.code == "authentication_required"


def test_a_capture_in_part_releases_the_rest(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay(client, 10000, capture_method="manual")
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 10000)
    assert charge_of(intent).balance_transaction is None
    captured = client.v1.payment_intents.capture(
        intent.id, {"amount_to_capture": 6000, "expand": ["latest_charge.balance_transaction", "latest_charge.refunds"]}
    )
    charge = charge_of(captured)
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 6000, 0)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (6000, 4000, False)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert (charge.balance_transaction.amount, charge.balance_transaction.fee) == (6000, 204)
    assert charge.refunds is not None
    assert [refund.balance_transaction for refund in charge.refunds.data] == [None]
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"charge": charge.id, "amount": 6001})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert "charge.captured" in events_of(sandbox, charge.id)


def test_capture_is_never_more_than_authorised(client: stripe.StripeClient) -> None:
    intent = pay(client, 10000, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal"):
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 10001})


def test_cancel_releases_an_authorisation_and_never_undoes_a_payment(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    canceled = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "requested_by_customer"})
    assert (canceled.status, canceled.cancellation_reason, canceled.amount_capturable) == (
        "canceled",
        "requested_by_customer",
        0,
    )
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.cancel(pay(client).id)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert error_of(caught.value)["payment_intent"]["status"] == "succeeded"


def test_created_first_and_confirmed_later(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 700, "currency": "eur", "allowed_payment_method_types": ["card"]}
    )
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        client.v1.payment_intents.confirm(intent.id)
    changed = client.v1.payment_intents.update(intent.id, {"amount": 800, "payment_method": "pm_card_visa"})
    assert (changed.status, changed.amount) == ("requires_confirmation", 800)
    assert client.v1.payment_intents.confirm(intent.id).amount_received == 800


def test_automatic_payment_methods_need_a_return_url(client: stripe.StripeClient) -> None:
    params: Any = {"amount": 700, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        client.v1.payment_intents.create(params)
    params["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
    assert client.v1.payment_intents.create(params).status == "succeeded"


def test_a_customer_pays_with_an_attached_card(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "ada@example.test", "name": "Ada"})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    intent = pay(client, card=method.id, customer=customer.id, off_session=True)
    assert (intent.payment_method, charge_of(intent).customer) == (method.id, customer.id)
    found = client.v1.payment_intents.list({"customer": customer.id})
    assert [item.id for item in found.data] == [intent.id]
    assert [item.id for item in client.v1.customers.list({"email": "ada@example.test"}).data][:1] == [customer.id]
    assert [item.id for item in client.v1.payment_methods.list({"customer": customer.id}).data] == [method.id]
    assert client.v1.payment_methods.detach(method.id).customer is None


def test_3ds_may_end_in_a_decline(client: stripe.StripeClient) -> None:
    intent = pay(client, card="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    assert intent.next_action is not None
    url = intent.next_action.to_dict()["use_stripe_sdk"]["stripe_js"]
    assert httpx.post(url, data={"outcome": "succeeded"}).json()["status"] == "requires_payment_method"
    failed = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.decline_code == "insufficient_funds"
    assert charge_of(failed).status == "failed"


def test_the_fee_may_come_later(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fault("late_fee", seconds=0.1)
    charge = charge_of(pay(client, 10000))
    assert (charge.status, charge.balance_transaction) == ("succeeded", None)
    booked = eventually(lambda: client.v1.charges.retrieve(charge.id).balance_transaction)
    assert client.v1.balance_transactions.retrieve(str(booked)).fee == 320
    assert events_of(sandbox, charge.id) == ["charge.succeeded", "charge.updated"]
