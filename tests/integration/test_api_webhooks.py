"""Stripe's webhooks: stored once when signed by Stripe, refused otherwise."""

import json
import time
from typing import Any

import pytest
import stripe

from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
}


async def _deliver(http: Http, event: Any, secret: str, *, at: int | None = None) -> Any:
    payload = event if isinstance(event, str) else json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp=at or int(time.time()))
    return await http("POST", "/webhooks/stripe", content=payload, headers={"Stripe-Signature": signature})


async def test_news_is_stored_once_however_often_it_comes(http: Http) -> None:
    assert is_problem(await _deliver(http, EVENT, "whsec_one"), 400, "bad_signature")
    http.sql("INSERT INTO ops.setting VALUES ('stripe_webhook_secret', 'whsec_one whsec_two')")
    assert [(await _deliver(http, EVENT, secret)).status_code for secret in ("whsec_one", "whsec_two")] == [200, 200]
    stored = http.sql("SELECT kind, arguments, state FROM board.task")
    arguments = {"event_id": "evt_1", "type": "payment_intent.succeeded", "object_id": "pi_1", "account": None}
    assert stored == [("stripe_news", arguments, "due")]

    http.sql("UPDATE ops.setting SET value = 'whsec_new'")
    assert (await _deliver(http, {**EVENT, "id": "evt_2"}, "whsec_new")).status_code == 200


async def test_what_stripe_did_not_sign_or_say_is_refused(http: Http) -> None:
    http.sql("INSERT INTO ops.setting VALUES ('stripe_webhook_secret', 'whsec_one')")
    assert is_problem(await _deliver(http, EVENT, "whsec_forged"), 400, "bad_signature")
    assert is_problem(await _deliver(http, EVENT, "whsec_one", at=int(time.time()) - 3_600), 400, "bad_signature")
    for header in (
        {},
        {"Stripe-Signature": "t=1,v1=zz"},
        {"Stripe-Signature": "t=x,v1=zz"},
        {"Stripe-Signature": "\xff"},
    ):
        raw = {name.encode(): value.encode("latin-1") for name, value in header.items()}
        answer = await http.client.post("/webhooks/stripe", content=b"{}", headers=raw)
        assert is_problem(answer, 400, "bad_signature")
    assert is_problem(await _deliver(http, {**EVENT, "livemode": True}, "whsec_one"), 400, "wrong_mode")
    for body in ("{", "[]", "{}", '{"id": 5}', json.dumps({**EVENT, "id": "evt\x00"}), "[" * 100_000):
        assert is_problem(await _deliver(http, body, "whsec_one"), 400, "bad_webhook"), body[:50]
    assert http.sql("SELECT count(*) FROM board.task") == [(0,)]


async def test_a_thin_event_names_its_object_and_whose_it_is(http: Http) -> None:
    http.sql("INSERT INTO ops.setting VALUES ('stripe_webhook_secret', 'whsec_one')")
    thin = {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v1.payout.failed",
        "livemode": False,
        "context": "acct_1",
        "related_object": {"id": "po_1", "type": "payout", "url": "/v1/payouts/po_1"},
    }
    assert (await _deliver(http, thin, "whsec_one")).status_code == 200
    [(arguments,)] = http.sql("SELECT arguments FROM board.task")
    assert arguments == {"event_id": "evt_thin", "type": "payout.failed", "object_id": "po_1", "account": "acct_1"}


async def test_a_type_that_we_have_never_heard_of_is_stored_all_the_same(http: Http) -> None:
    http.sql("INSERT INTO ops.setting VALUES ('stripe_webhook_secret', 'whsec_one')")
    assert (await _deliver(http, {**EVENT, "type": "moon.landed"}, "whsec_one")).status_code == 200
    assert http.sql("SELECT kind FROM board.task") == [("stripe_news",)]
