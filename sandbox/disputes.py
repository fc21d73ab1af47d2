"""Disputes: the cardholder's bank takes the money back, and evidence decides who keeps it.

Source: docs.stripe.com/testing#disputes: `winning_evidence` and `losing_evidence` as uncategorized_text.
"""

from sandbox import balance
from sandbox.documents import Doc, new_id
from sandbox.errors import invalid
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.money import dispute_fee_minor
from sandbox.params import boolean, free_mapping, instants, merged, metadata, text, texts
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


def open_dispute(call: Call, charge_id: str) -> None:
    """The disputed amount and the fee leave the platform's balance at once."""
    charge = call.found("charge", charge_id)
    amount_minor, currency = charge["amount_captured"], charge["currency"]
    dispute_id = new_id("du")
    transaction = balance.record(
        call, "adjustment", -amount_minor, currency, dispute_id, fee_minor=dispute_fee_minor(currency),
        fee_description="Dispute fee", category="dispute", description=f"Chargeback withdrawal for {charge_id}",
    )  # fmt: skip
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
        transaction = balance.record(
            call, "adjustment", dispute["amount"], dispute["currency"], dispute["id"],
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
