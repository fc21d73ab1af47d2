"""Idempotency keys, as docs.stripe.com/api/idempotent_requests has them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import stripe

from tests.sandbox.making import vendor
from tests.sandbox.server import KEY, Sandbox

PATH = "/v1/payment_intents"
DAY_SECONDS = 24 * 60 * 60


def payment(order: str, card: str = "pm_card_visa") -> dict[str, Any]:
    return {
        "amount": "1000",
        "currency": "usd",
        "confirm": "true",
        "payment_method": card,
        "payment_method_types[]": "card",
        "metadata[order]": order,
    }


def charged(sandbox: Sandbox, order: str) -> int:
    """How often the order was charged, in the sandbox's own books."""
    by_order = sandbox.control("GET", "/sandbox/summary")["charges_succeeded_by_metadata"].get("order", {})
    return int(by_order.get(order, 0))


@pytest.fixture
def order() -> str:
    return uuid4().hex


def test_the_same_key_gives_the_same_answer_and_one_charge(sandbox: Sandbox, order: str) -> None:
    first = sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    again = sandbox.raw("POST", PATH, dict(reversed(payment(order).items())), Idempotency_Key=order)
    assert (again.content, again.status_code) == (first.content, 200)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert charged(sandbox, order) == 1


@pytest.mark.parametrize("card", ["pm_card_visa_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds"])
def test_a_decline_is_replayed_and_a_new_key_tries_again(sandbox: Sandbox, order: str, card: str) -> None:
    first = sandbox.raw("POST", PATH, payment(order, card), Idempotency_Key=order)
    again = sandbox.raw("POST", PATH, payment(order, card), Idempotency_Key=order)
    assert (first.status_code, again.status_code, again.content) == (402, 402, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    intent_id = first.json()["error"]["payment_intent"]["id"]
    confirm = f"{PATH}/{intent_id}/confirm"
    retried = sandbox.raw("POST", confirm, {"payment_method": "pm_card_visa"}, Idempotency_Key=f"{order}-2")
    assert (retried.status_code, retried.json()["status"]) == (200, "succeeded")


def test_other_parameters_or_another_endpoint_are_an_error(
    sandbox: Sandbox, client: stripe.StripeClient, order: str
) -> None:
    sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    other = sandbox.raw("POST", PATH, {**payment(order), "amount": "1001"}, Idempotency_Key=order)
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert "same parameters" in other.json()["error"]["message"]
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.customers.create({}, {"idempotency_key": order})
    assert charged(sandbox, order) == 1


def test_a_key_in_use_is_a_conflict(sandbox: Sandbox, order: str) -> None:
    sandbox.fault("delay", method="POST", path=PATH, seconds=0.4)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(sandbox.raw, "POST", PATH, payment(order), Idempotency_Key=order) for _ in range(4)]
        answers = [run.result() for run in runs]
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    conflict = next(answer for answer in answers if answer.status_code == 409)
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    assert sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order).status_code == 200
    assert charged(sandbox, order) == 1


@pytest.mark.parametrize(("kind", "charges"), [("error_500", 0), ("error_500_after_commit", 1)])
def test_a_500_is_saved_and_replayed(sandbox: Sandbox, order: str, kind: str, charges: int) -> None:
    sandbox.fault(kind, method="POST", path=PATH)
    first = sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    again = sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    assert (first.status_code, again.status_code, again.content) == (500, 500, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert charged(sandbox, order) == charges


def test_validation_errors_and_rate_limits_are_not_saved(sandbox: Sandbox, order: str) -> None:
    wrong = sandbox.raw("POST", PATH, {**payment(order), "amount": "1"}, Idempotency_Key=order)
    sandbox.fault("rate_limit", path=PATH)
    limited = sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    refused = sandbox.raw("POST", PATH, payment(order), Authorization="Bearer wrong", Idempotency_Key=order)
    right = sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    statuses = [answer.status_code for answer in (wrong, limited, refused, right)]
    assert statuses == [400, 429, 401, 200]
    assert "idempotent-replayed" not in right.headers


def test_a_refusal_of_the_present_state_is_saved(sandbox: Sandbox, client: stripe.StripeClient, order: str) -> None:
    form = {"amount": "99999999", "currency": "sek", "destination": vendor(client)}
    first = sandbox.raw("POST", "/v1/transfers", form, Idempotency_Key=order)
    assert (first.status_code, first.json()["error"]["code"]) == (400, "balance_insufficient")
    assert sandbox.raw("POST", "/v1/transfers", form, Idempotency_Key=order).headers["idempotent-replayed"] == "true"


def test_a_key_forgotten_after_24_hours_charges_a_second_time(sandbox: Sandbox, order: str) -> None:
    first = sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    sandbox.control("POST", "/sandbox/clock", advance_seconds=DAY_SECONDS - 60)
    assert sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order).content == first.content
    sandbox.control("POST", "/sandbox/clock", advance_seconds=120)
    second = sandbox.raw("POST", PATH, payment(order), Idempotency_Key=order)
    assert second.json()["id"] != first.json()["id"]
    assert charged(sandbox, order) == 2


def test_keys_belong_to_an_account_and_only_to_posts(sandbox: Sandbox, client: stripe.StripeClient, order: str) -> None:
    account = vendor(client)
    own = sandbox.raw("POST", "/v1/customers", {"name": "A"}, Idempotency_Key=order)
    theirs = sandbox.raw("POST", "/v1/customers", {"name": "A"}, Idempotency_Key=order, Stripe_Account=account)
    assert own.json()["id"] != theirs.json()["id"]
    assert sandbox.raw("GET", "/v1/customers", Idempotency_Key=order).status_code == 200
    assert sandbox.raw("POST", "/v1/customers", {}, Idempotency_Key="k" * 256).status_code == 400
    assert KEY.startswith("sk_test_")
