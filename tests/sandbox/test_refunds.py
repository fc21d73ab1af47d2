"""Refunds: in part, whole, too much, pending, failing."""

import pytest
import stripe

from tests.sandbox.making import available, charge_of, events_of, pay
from tests.sandbox.server import Sandbox, eventually


def _reached(client: stripe.StripeClient, refund_id: str, status: str) -> stripe.Refund:
    def look() -> stripe.Refund | None:
        refund = client.v1.refunds.retrieve(refund_id)
        return refund if refund.status == status else None

    return eventually(look)


def test_refunds_in_parts_up_to_the_whole_and_not_more(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay(client, 10000)
    before = available(client)
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 4000, "expand": ["balance_transaction"]})
    assert first.status == "succeeded"
    assert isinstance(first.balance_transaction, stripe.BalanceTransaction)
    assert (first.balance_transaction.amount, first.balance_transaction.fee) == (-4000, 0)
    with pytest.raises(stripe.InvalidRequestError, match=r"\$60.01.*greater than unrefunded.*\$60.00"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 6001})
    second = client.v1.refunds.create({"charge": charge_of(intent).id, "metadata": {"refund_id": "r-2"}})
    assert (second.amount, available(client)) == (6000, before - 10000)
    charge = client.v1.charges.retrieve(charge_of(intent).id)
    assert (charge.amount_refunded, charge.refunded) == (10000, True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"
    found = client.v1.refunds.list({"payment_intent": intent.id})
    assert [refund.id for refund in found.data] == [second.id, first.id]
    assert [r.id for r in client.v1.refunds.list({"charge": charge.id, "limit": 1}).data] == [second.id]
    assert events_of(sandbox, first.id) == ["refund.created"]
    assert events_of(sandbox, charge.id).count("charge.refunded") == 2


def test_a_refund_that_succeeds_may_fail_later(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay(client, 2000, card="pm_card_refundFail")
    before = available(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    failed = _reached(client, refund.id, "failed")
    assert (failed.failure_reason, available(client)) == ("unknown", before)
    assert isinstance(failed.failure_balance_transaction, str)
    assert client.v1.balance_transactions.retrieve(failed.failure_balance_transaction).type == "refund_failure"
    assert client.v1.charges.retrieve(charge_of(intent).id).amount_refunded == 0
    assert events_of(sandbox, refund.id) == [
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.refund.updated",
    ]


def test_a_pending_refund_goes_through_later(client: stripe.StripeClient) -> None:
    intent = pay(client, 2000, card="pm_card_pendingRefund")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert (refund.status, refund.balance_transaction, refund.pending_reason) == ("pending", None, "processing")
    done = _reached(client, refund.id, "succeeded")
    assert done.balance_transaction is not None


def test_a_refund_without_funds_waits_until_it_is_settled_or_canceled(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    sandbox.fault("pending_refund", times=2)
    intent = pay(client, 2000)
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    second = client.v1.refunds.create({"payment_intent": intent.id, "amount": 700})
    assert (first.status, first.pending_reason) == ("pending", "insufficient_funds")
    assert sandbox.control("POST", f"/sandbox/refunds/{first.id}/succeed")["status"] == "succeeded"
    assert client.v1.refunds.cancel(second.id).status == "canceled"
    assert client.v1.charges.retrieve(charge_of(intent).id).amount_refunded == 500


def test_what_was_not_captured_cannot_be_refunded(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="not been captured"):
        client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": "pi_unknown"})
    assert (caught.value.code, caught.value.param) == ("resource_missing", "payment_intent")
