"""Disputes: opened by the card, decided by the evidence."""

import pytest
import stripe

from tests.sandbox.making import available, charge_of, events_of, pay
from tests.sandbox.server import Sandbox, eventually


def _disputed(client: stripe.StripeClient, amount: int = 3000) -> stripe.Dispute:
    intent = pay(client, amount, card="pm_card_createDispute")
    disputes = eventually(lambda: client.v1.disputes.list({"payment_intent": intent.id}).data)
    assert disputes[0].charge == charge_of(intent).id
    return disputes[0]


def test_a_dispute_takes_the_amount_and_a_fee(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    before = available(client)
    dispute = _disputed(client, 3000)
    (transaction,) = dispute.balance_transactions
    assert (transaction.amount, transaction.fee, transaction.reporting_category) == (-3000, 1500, "dispute")
    assert available(client) == before + 3000 - 117 - 3000 - 1500
    assert dispute.status == "needs_response"
    charge = client.v1.charges.retrieve(str(dispute.charge))
    assert charge.disputed
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_disputed"
    assert events_of(sandbox, dispute.id) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_winning_evidence_brings_the_money_back(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    dispute = _disputed(client)
    before = available(client)
    won = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert (won.status, available(client)) == ("won", before + 3000)
    assert [part.net for part in won.balance_transactions] == [-4500, 3000]
    assert events_of(sandbox, dispute.id)[2:] == [
        "charge.dispute.updated",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]


def test_losing_evidence_and_closing_lose_it(client: stripe.StripeClient) -> None:
    lost = client.v1.disputes.update(_disputed(client).id, {"evidence": {"uncategorized_text": "losing_evidence"}})
    assert lost.status == "lost"
    dispute = _disputed(client)
    staged = client.v1.disputes.update(dispute.id, {"evidence": {"product_description": "A tour"}, "submit": False})
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert client.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already lost"):
        client.v1.disputes.close(dispute.id)
