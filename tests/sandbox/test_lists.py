"""Pages, filters and expansion."""

import pytest
import stripe

from tests.sandbox.making import charge_of, pay
from tests.sandbox.server import Sandbox


def test_pages_go_both_ways(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Pages"})
    ids = [pay(client, 1000 + turn, customer=customer.id).id for turn in range(5)][::-1]
    first = client.v1.payment_intents.list({"customer": customer.id, "limit": 2})
    assert ([item.id for item in first.data], first.has_more) == (ids[:2], True)
    second = client.v1.payment_intents.list({"customer": customer.id, "limit": 2, "starting_after": ids[1]})
    assert [item.id for item in second.data] == ids[2:4]
    back = client.v1.payment_intents.list({"customer": customer.id, "limit": 2, "ending_before": ids[3]})
    assert ([item.id for item in back.data], back.has_more) == (ids[1:3], True)
    everything = client.v1.payment_intents.list({"customer": customer.id, "limit": 2})
    assert [item.id for item in everything.auto_paging_iter()] == ids
    last = client.v1.payment_intents.list({"customer": customer.id, "starting_after": ids[4]})
    assert (last.data, last.has_more) == ([], False)


def test_created_bounds(client: stripe.StripeClient) -> None:
    intent = pay(client)
    found = client.v1.payment_intents.list({"created": {"gte": intent.created}, "limit": 100})
    assert intent.id in [item.id for item in found.data]
    assert client.v1.payment_intents.list({"created": {"gt": intent.created + 100}}).data == []


def test_limits_and_cursors_are_checked(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as limit:
        client.v1.charges.list({"limit": 101})
    assert limit.value.param == "limit"
    with pytest.raises(stripe.InvalidRequestError) as cursor:
        client.v1.charges.list({"starting_after": "ch_unknown"})
    assert (cursor.value.code, cursor.value.param) == ("resource_missing", "starting_after")


def test_expansion_reaches_into_lists(client: stripe.StripeClient) -> None:
    intent = pay(client)
    listed = client.v1.payment_intents.list({"limit": 1, "expand": ["data.latest_charge.balance_transaction"]})
    assert isinstance(charge_of(listed.data[0]).balance_transaction, stripe.BalanceTransaction)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "expand": ["charge", "payment_intent"]})
    assert isinstance(refund.charge, stripe.Charge)
    assert isinstance(refund.payment_intent, stripe.PaymentIntent)
    transactions = client.v1.balance_transactions.list({"type": "refund", "limit": 1, "expand": ["data.source"]})
    assert isinstance(transactions.data[0].source, stripe.Refund)
    by_source = client.v1.balance_transactions.list({"source": charge_of(intent).id})
    assert [item.type for item in by_source.data] == ["charge"]
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(intent.id, {"expand": ["amount"]})


def test_objects_are_found_by_our_metadata(client: stripe.StripeClient) -> None:
    pay(client, metadata={"booking_id": "lists-1"})
    found = client.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
    assert any(item.to_dict()["metadata"].get("booking_id") == "lists-1" for item in found)


def test_events_are_found_by_type_and_from_a_cursor(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    start = client.v1.events.list({"limit": 1}).data
    intent = pay(client)
    types = ["payment_intent.succeeded", "charge.succeeded"]
    cursor = start[0].id if start else pay(client).id
    found = client.v1.events.list({"types": types, "ending_before": cursor})
    assert [event.type for event in found.data] == ["payment_intent.succeeded", "charge.succeeded"]
    assert client.v1.events.retrieve(found.data[0].id).to_dict()["data"]["object"]["id"] == intent.id
    assert {event.type for event in client.v1.events.list({"type": types[1]}).data} == {types[1]}
