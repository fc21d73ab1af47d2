"""Disputes: the cardholder's bank takes the money back, and evidence decides who keeps it.

Source: docs.stripe.com/testing#disputes: `winning_evidence` and `losing_evidence` as uncategorized_text.
"""

import json

from sandbox import balance
from sandbox.documents import Doc, new_id
from sandbox.errors import invalid
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.money import dispute_fee_minor
from sandbox.params import boolean, free_mapping, instants, merged, metadata, text, texts
from sandbox.settlement import settled
from sandbox.world import Call

UPDATE_ACCEPTS = {"evidence": free_mapping, "submit": boolean, "metadata": metadata, "expand": texts}
CLOSE_ACCEPTS = {"expand": texts}
LIST_ACCEPTS = page_accepts(charge=text, payment_intent=text, created=instants)
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip
ANSWER_SECONDS = 7 * 24 * 60 * 60
OPEN_STATES = ("needs_response", "under_review")


def open_dispute(call: Call, charge_id: str, amount_minor: int | None = None) -> Doc:
    """The disputed amount (all that was taken, or this much) and the fee leave the platform's balance at once."""
    charge = call.found("charge", charge_id)
    amount_minor = charge["amount_captured"] if amount_minor is None else amount_minor
    currency = charge["currency"]
    dispute_id = new_id("du")
    transaction = _withdrawal(call, dispute_id, charge_id, amount_minor, currency)
    dispute: Doc = {
        "id": dispute_id,
        "object": "dispute",
        "amount": amount_minor,
        "balance_transactions": [transaction],
        "charge": charge_id,
        "created": call.now(),
        "currency": currency,
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now() + ANSWER_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charge["payment_method_details"]["card"]["brand"],
                "case_type": "chargeback",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": "fraudulent",
        "status": "needs_response",
    }
    call.store.add(call.account, dispute)
    call.store.put({**charge, "disputed": True})
    emit(call, "charge.dispute.created", dispute)
    emit(call, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def contest(call: Call, charge: Doc, amount_minor: int | None = None) -> Doc:
    """The cardholder goes to the bank, however long ago it was; once at most for all of it, often for parts."""
    if charge["disputed"] and amount_minor is None:
        raise invalid(f"Charge {charge['id']} is disputed already.")
    return open_dispute(call, charge["id"], amount_minor)


def won_all(call: Call, charge_id: str) -> bool:
    """Whether every dispute of this charge ended in our favour, so that it can be refunded again."""
    rows = call.store.run("SELECT json FROM objects WHERE type = 'dispute' AND account = ?", call.account)
    found = [json.loads(row[0]) for row in rows]
    return all(dispute["status"] == "won" for dispute in found if dispute["charge"] == charge_id)


def _withdrawal(call: Call, dispute_id: str, charge_id: str, amount_minor: int, currency: str) -> Doc:
    money = settled(call, -amount_minor, currency)
    return balance.record(
        call, "adjustment", money.amount_minor, money.currency, dispute_id, exchange_rate=money.rate,
        fee_minor=dispute_fee_minor(money.currency), fee_description="Dispute fee", category="dispute",
        description=f"Chargeback withdrawal for {charge_id}",
    )  # fmt: skip


def _take_again(call: Call, dispute: Doc) -> Doc:
    """The bank has second thoughts about what we had won, and takes the money and a fee once more."""
    if dispute["status"] in OPEN_STATES:
        raise invalid(f"This dispute is {dispute['status']}: its money is taken.")
    transaction = _withdrawal(call, dispute["id"], dispute["charge"], dispute["amount"], dispute["currency"])
    dispute["balance_transactions"].append(transaction)
    previous = {"status": dispute["status"]}
    dispute["status"] = "needs_response"
    emit(call, "charge.dispute.funds_withdrawn", call.store.put(dispute))
    emit(call, "charge.dispute.updated", dispute, previous)
    return dispute


def decide(call: Call, dispute: Doc, outcome: str) -> Doc:
    """What the bank does by hand, whatever it did before: `won`, `lost`, or `taken_again` (raises StripeRefusal)."""
    if outcome == "taken_again":
        return _take_again(call, dispute)
    if outcome == dispute["status"]:
        raise invalid(f"This dispute is already {outcome}.")
    if outcome == "lost" and dispute["status"] == "won":
        dispute = _take_again(call, dispute)
    return _closed(call, dispute, outcome)


def update(call: Call) -> Doc:
    dispute = retrieve(call)
    if dispute["status"] not in OPEN_STATES:
        raise invalid(f"This dispute is already {dispute['status']}.")
    evidence = call.params.get("evidence", {})
    for name in evidence:
        if name not in EVIDENCE:
            full = f"evidence[{name}]"
            raise invalid(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    dispute["evidence"].update(evidence)
    dispute["metadata"] = merged(dispute["metadata"], call.params.get("metadata", {}))
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(evidence)
    if not evidence or not call.params.get("submit", True):
        emit(call, "charge.dispute.updated", call.store.put(dispute))
        return dispute
    details["submission_count"] += 1
    dispute["status"] = "under_review"
    emit(call, "charge.dispute.updated", call.store.put(dispute))
    verdict = {"winning_evidence": "won", "losing_evidence": "lost"}.get(evidence.get("uncategorized_text", ""))
    return _closed(call, dispute, verdict) if verdict else dispute


def close(call: Call) -> Doc:
    """Accepting the dispute loses it."""
    dispute = retrieve(call)
    if dispute["status"] not in OPEN_STATES:
        raise invalid(f"This dispute is already {dispute['status']}.")
    return _closed(call, dispute, "lost")


def _closed(call: Call, dispute: Doc, status: str) -> Doc:
    previous = {"status": dispute["status"]}
    dispute["status"] = status
    if status == "won":
        money = settled(call, dispute["amount"], dispute["currency"])
        transaction = balance.record(
            call, "adjustment", money.amount_minor, money.currency, dispute["id"], exchange_rate=money.rate,
            category="dispute_reversal", description=f"Chargeback reversal for {dispute['charge']}",
        )  # fmt: skip
        dispute["balance_transactions"].append(transaction)
        emit(call, "charge.dispute.funds_reinstated", dispute)
    emit(call, "charge.dispute.closed", call.store.put(dispute), previous)
    return dispute


def retrieve(call: Call) -> Doc:
    return call.found("dispute", call.ids["id"])


def list_disputes(call: Call) -> Doc:
    return listed(call, "dispute", [Filter(name, call.params.get(name)) for name in ("charge", "payment_intent")])
