"""The faults to order, as a client meets them."""

import time
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.making import error_of, pay
from tests.sandbox.server import CheckedClient, Sandbox

PATH = "/v1/payment_intents"


def _succeeded(sandbox: Sandbox) -> int:
    counted: Any = sandbox.control("GET", "/sandbox/summary")["charges_succeeded"]
    return int(counted.get("usd", {"count": 0})["count"])


def _keyed(sandbox: Sandbox, key: str) -> stripe.PaymentIntent:
    params: Any = {
        "amount": 1000,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "payment_method_types": ["card"],
        "confirm": True,
    }
    return sandbox.client().v1.payment_intents.create(params, {"idempotency_key": key})


@pytest.mark.parametrize("kind", ["lose_answer", "truncate_answer"])
def test_a_lost_answer_did_its_work_once(sandbox: Sandbox, kind: str) -> None:
    before = _succeeded(sandbox)
    sandbox.fault(kind, method="POST", path=PATH)
    with pytest.raises((stripe.APIConnectionError, stripe.APIError)):
        _keyed(sandbox, f"faults-{kind}")
    assert _succeeded(sandbox) == before + 1
    assert _keyed(sandbox, f"faults-{kind}").status == "succeeded"
    assert _succeeded(sandbox) == before + 1


def test_a_dropped_connection_did_nothing(sandbox: Sandbox) -> None:
    before = _succeeded(sandbox)
    sandbox.fault("drop_connection_before", path="/v1/payment_*")
    with pytest.raises(stripe.APIConnectionError):
        _keyed(sandbox, "faults-drop")
    assert _succeeded(sandbox) == before
    assert _keyed(sandbox, "faults-drop").status == "succeeded"


def test_a_rate_limit_is_met_as_often_as_ordered(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fault("rate_limit", method="GET", path="/v1/balance", times=2)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError) as caught:
            client.v1.balance.retrieve()
        assert error_of(caught.value)["code"] == "rate_limit"
    client.v1.balance.retrieve()


@pytest.mark.parametrize("kind", ["delay", "delay_answer"])
def test_a_client_that_gives_up_waiting_was_served_all_the_same(sandbox: Sandbox, kind: str) -> None:
    before = _succeeded(sandbox)
    sandbox.fault(kind, method="POST", path=PATH, seconds=0.3)
    hasty = sandbox.client(http=CheckedClient(sandbox.spec, timeout_seconds=0.1))
    with pytest.raises(stripe.APIConnectionError):
        pay(hasty)
    end = time.monotonic() + 5
    while _succeeded(sandbox) == before:
        assert time.monotonic() < end
    assert _succeeded(sandbox) == before + 1


def test_a_fault_may_skip_the_first_requests(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fault("rate_limit", path="/v1/balance", skip=1)
    client.v1.balance.retrieve()
    with pytest.raises(stripe.RateLimitError):
        client.v1.balance.retrieve()


def test_faults_are_listed_and_taken_away(sandbox: Sandbox) -> None:
    sandbox.fault("lose_answer", times=5)
    (fault,) = sandbox.control("GET", "/sandbox/faults")["data"]
    assert (fault["kind"], fault["times"]) == ("lose_answer", 5)
    sandbox.control("DELETE", f"/sandbox/faults/{fault['id']}")
    assert sandbox.control("GET", "/sandbox/faults")["data"] == []
    wrong = httpx.post(f"{sandbox.url}/sandbox/faults", data={"kind": "earthquake"})
    assert wrong.status_code == 400
