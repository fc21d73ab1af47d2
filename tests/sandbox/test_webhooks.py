"""Webhooks: signed, retried, doubled, reordered, held, and going on after a restart."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from tests.sandbox.making import pay, vendor
from tests.sandbox.server import Sandbox, eventually
from tests.sandbox.webhooks import Inbox, inbox, subscribe


@pytest.fixture
def box() -> Iterator[Inbox]:
    with inbox() as opened:
        yield opened


@pytest.fixture
def own(fresh: Callable[..., Sandbox]) -> Sandbox:
    return fresh()


def test_deliveries_are_signed_over_the_raw_body(own: Sandbox, box: Inbox) -> None:
    secret = subscribe(own, box, "payment_intent.succeeded", "charge.succeeded")
    intent = pay(own.client())
    eventually(lambda: len(box.bodies) == 2)
    events = box.verified(secret)
    assert {event.type for event in events} == {"charge.succeeded", "payment_intent.succeeded"}
    for body in box.bodies:
        own.spec.check_event(json.loads(body))
    assert intent.id in {event.to_dict()["data"]["object"]["id"] for event in events}
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(box.bodies[0] + b" ", box.signatures[0], secret)


def test_a_failing_endpoint_is_tried_again(own: Sandbox, box: Inbox) -> None:
    subscribe(own, box, "payment_intent.succeeded")
    box.statuses.extend([500, 404])
    pay(own.client())
    eventually(lambda: len(box.bodies) == 3)
    assert len(set(box.ids())) == 1
    eventually(lambda: own.client().v1.events.list({"delivery_success": False}).data == [])


def test_undelivered_events_are_listed(own: Sandbox, box: Inbox) -> None:
    client = own.client()
    subscribe(own, box, "payment_intent.succeeded")
    own.fault("hold_webhooks")
    intent = pay(client)
    (event,) = client.v1.events.list({"delivery_success": False}).data
    assert (event.to_dict()["data"]["object"]["id"], event.pending_webhooks) == (intent.id, 1)
    assert box.bodies == []
    own.control("DELETE", "/sandbox/faults")
    eventually(lambda: len(box.bodies) == 1)
    eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)


def test_duplicates_and_disorder_come_to_order(own: Sandbox, box: Inbox) -> None:
    subscribe(own, box, "payment_intent.created", "payment_intent.succeeded")
    own.fault("duplicate_webhooks", times=1)
    pay(own.client())
    eventually(lambda: len(box.bodies) == 3)
    assert len(set(box.ids())) == 2
    box.bodies.clear()
    own.fault("reorder_webhooks", times=2)
    pay(own.client())
    eventually(lambda: len(box.bodies) == 2)
    assert box.types() == ["payment_intent.succeeded", "payment_intent.created"]


def test_connect_endpoints_hear_of_connected_accounts_only(own: Sandbox, box: Inbox) -> None:
    client = own.client()
    with inbox() as platform:
        subscribe(own, box, "customer.created", connect=True)
        subscribe(own, platform, "customer.created")
        account = vendor(client)
        client.v1.customers.create({"name": "platform"})
        client.v1.customers.create({"name": "connected"}, {"stripe_account": account})
        eventually(lambda: len(box.bodies) == 1 and len(platform.bodies) == 1)
        connected: Any = json.loads(box.bodies[0])
        assert (connected["account"], connected["data"]["object"]["name"]) == (account, "connected")
        assert "account" not in json.loads(platform.bodies[0])


def test_deliveries_go_on_after_a_restart(own: Sandbox, box: Inbox) -> None:
    secret = subscribe(own, box, "payment_intent.succeeded")
    own.fault("hold_webhooks")
    pay(own.client())
    own.kill()
    own.restart()
    assert box.bodies == []
    own.control("DELETE", "/sandbox/faults")
    eventually(lambda: len(box.bodies) == 1)
    assert box.verified(secret)[0].type == "payment_intent.succeeded"


def test_endpoints_are_listed_changed_and_deleted(own: Sandbox, box: Inbox) -> None:
    client = own.client()
    subscribe(own, box, "charge.succeeded")
    (endpoint,) = client.v1.webhook_endpoints.list().data
    assert "secret" not in endpoint.to_dict()
    disabled = client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    assert disabled.status == "disabled"
    assert client.v1.webhook_endpoints.delete(endpoint.id).deleted
    assert client.v1.webhook_endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="explicit scheme"):
        client.v1.webhook_endpoints.create({"url": "shop.test", "enabled_events": ["*"]})
