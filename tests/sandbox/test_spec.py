"""The judge itself: it must refuse what Stripe would never say, and the sandbox accepts nothing Stripe does not."""

from typing import Any

import pytest
import stripe

from sandbox.routes import operations
from tests.sandbox.making import pay
from tests.sandbox.server import Sandbox
from tests.sandbox.spec import StripeSpec


@pytest.mark.parametrize(
    "defect",
    [
        {"status": "done"},
        {"amount": "10000"},
        {"latest_charge": {"id": "ch_1", "object": "charge"}},
        {"next_action": {"redirect_to_url": {}}},
        {"invented": True},
        {"currency": None},
    ],
)
def test_a_wrong_answer_is_refused(client: stripe.StripeClient, spec: StripeSpec, defect: dict[str, Any]) -> None:
    right = pay(client).to_dict()
    spec.check("GET", "/v1/payment_intents/pi_1", 200, right)
    with pytest.raises(AssertionError):
        spec.check("GET", "/v1/payment_intents/pi_1", 200, {**right, **defect})


def test_a_wrong_error_is_refused(spec: StripeSpec) -> None:
    with pytest.raises(AssertionError):
        spec.check("GET", "/v1/payment_intents/pi_1", 404, {"error": {"type": "not_found"}})
    with pytest.raises(AssertionError):
        spec.check("GET", "/v1/payment_intents/pi_1", 404, {"detail": "Not found"})


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: f"{operation.method} {operation.path}")
def test_every_endpoint_and_parameter_is_one_of_stripes(spec: StripeSpec, operation: Any) -> None:
    template = spec.template(operation.path.replace("{", "").replace("}", ""))
    newer = {"allowed_payment_method_types"} if "/payment_intents" in operation.path else set()
    assert set(operation.accepts) <= spec.accepted(operation.method, template) | newer


def test_every_event_is_one_the_specification_knows(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    pay(client)
    events = client.v1.events.list({"limit": 100})
    assert len(events.data) > 2
