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


def test_a_bank_may_think_again(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    dispute = _disputed(client)
    before = available(client)
    for outcome, moved in (("won", 3000), ("taken_again", -1500), ("lost", -1500), ("won", 1500), ("lost", -3000)):
        sandbox.control("POST", f"/sandbox/disputes/{dispute.id}/{outcome}")
        status = "needs_response" if outcome == "taken_again" else outcome
        assert client.v1.disputes.retrieve(dispute.id).status == status
        assert available(client) == before + moved, outcome
    assert events_of(sandbox, dispute.id).count("charge.dispute.funds_withdrawn") == 3


def test_parts_of_a_charge_are_disputed_one_by_one(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    charge = charge_of(pay(client, 3000))
    for amount in (1000, 500):
        sandbox.control("POST", f"/sandbox/charges/{charge.id}/dispute", amount=amount)
    assert sorted(d.amount for d in client.v1.disputes.list({"charge": charge.id}).data) == [500, 1000]


def test_a_charge_of_long_ago_is_contested_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    charge = charge_of(pay(client, 3000))
    disputed = sandbox.control("POST", f"/sandbox/charges/{charge.id}/dispute")
    assert (disputed["status"], disputed["charge"]) == ("needs_response", charge.id)
    assert client.v1.charges.retrieve(charge.id).disputed
    with pytest.raises(AssertionError, match="disputed already"):
        sandbox.control("POST", f"/sandbox/charges/{charge.id}/dispute")
