"""Refunds: money back to the card, in part or whole, never more than was taken."""

from sandbox import balance
from sandbox.cards import CARDS
from sandbox.disputes import won_all
from sandbox.documents import Doc, new_id
from sandbox.errors import invalid, malformed
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.money import checked_granularity, checked_positive_minor, shown
from sandbox.params import instants, integer, merged, metadata, one_of, text, texts, unsupported
from sandbox.settlement import settled
from sandbox.world import Call

CREATE_ACCEPTS = {
    "amount": integer,
    "charge": text,
    "payment_intent": text,
    "metadata": metadata,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "reverse_transfer": unsupported,
    "refund_application_fee": unsupported,
    "expand": texts,
}
UPDATE_ACCEPTS = {"metadata": metadata, "expand": texts}
CANCEL_ACCEPTS = {"expand": texts}
LIST_ACCEPTS = page_accepts(charge=text, payment_intent=text, created=instants)
WITHOUT_EFFECT = ("failed", "canceled")


def blank(call: Call, refund_id: str, charge: Doc, amount_minor: int) -> Doc:
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount_minor,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now(),
        "currency": charge["currency"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def create(call: Call) -> Doc:
    charge = _charge(call)
    if charge["disputed"] and not won_all(call, charge["id"]):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise invalid(message, code="charge_disputed")
    amount_minor = call.params.get("amount", _refundable_minor(charge))
    _require_refundable(charge, amount_minor)
    refund = blank(call, new_id("re"), charge, amount_minor)
    refund["reason"] = call.params.get("reason")
    refund["metadata"] = merged({}, call.params.get("metadata", {}))
    charge["amount_refunded"] += amount_minor
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    call.store.put(charge)
    call.store.add(call.account, refund)
    _send(call, refund, charge)
    return refund


def _send(call: Call, refund: Doc, charge: Doc) -> None:
    behaviour = CARDS[charge["_card"]].refund
    if call.world.faults.take("pending_refund"):
        refund.update(status="pending", pending_reason="insufficient_funds")
    elif behaviour == "pend":
        refund.update(status="pending", pending_reason="processing")
        call.schedule("refund.succeed", refund["id"], after_seconds=call.settings.refund_seconds)
    else:
        _debit(call, refund)
    if behaviour == "fail":
        call.schedule("refund.fail", refund["id"], after_seconds=call.settings.refund_seconds)
    emit(call, "refund.created", call.store.put(refund))
    emit(call, "charge.refunded", charge)


def _debit(call: Call, refund: Doc) -> None:
    """Stripe keeps its fee. The balance may go below zero: Stripe then debits the platform's bank account."""
    money = settled(call, -refund["amount"], refund["currency"])
    transaction = balance.record(
        call, "refund", money.amount_minor, money.currency, refund["id"], exchange_rate=money.rate,
        description="REFUND FOR CHARGE",
    )  # fmt: skip
    refund["balance_transaction"] = transaction["id"]


def _charge(call: Call) -> Doc:
    if "charge" in call.params:
        return call.found("charge", call.params["charge"], param="charge")
    if "payment_intent" not in call.params:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise malformed(message, code="parameter_missing")
    intent = call.found("payment_intent", call.params["payment_intent"], param="payment_intent")
    if intent["status"] not in {"succeeded", "requires_capture"}:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise invalid(message, code="payment_intent_unexpected_state", param="payment_intent")
    return call.found("charge", intent["latest_charge"])


def _refundable_minor(charge: Doc) -> int:
    return int(charge["amount"] - charge["amount_refunded"])


def _require_refundable(charge: Doc, amount_minor: int) -> None:
    rest_minor, currency = _refundable_minor(charge), charge["currency"]
    if not charge["captured"]:
        raise invalid("The charge has not been captured; cancel its PaymentIntent instead.", param="charge")
    if rest_minor == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    checked_positive_minor(amount_minor)
    checked_granularity(amount_minor, currency)
    if amount_minor > rest_minor:
        message = (
            f"Refund amount ({shown(amount_minor, currency)}) is greater than unrefunded amount on charge "
            f"({shown(rest_minor, currency)})"
        )
        raise invalid(message, param="amount")


def release_rest(call: Call, charge: Doc) -> None:
    """What was authorised and not captured appears as a refund without a balance transaction: no money moved."""
    if charge["amount_refunded"] > 0:
        refund = blank(call, new_id("re"), charge, charge["amount_refunded"])
        call.store.add(call.account, {**refund, "_released": True})


def succeed(call: Call, refund_id: str) -> Doc:
    """A pending refund goes through."""
    refund = call.found("refund", refund_id)
    if refund["status"] != "pending":
        return refund
    refund["status"] = "succeeded"
    refund.pop("pending_reason", None)
    _debit(call, refund)
    return _changed(call, refund, "refund.updated", {"status": "pending"})


def fail(call: Call, refund_id: str) -> Doc:
    """The bank sends the money back: it returns to the balance, and the charge can be refunded again."""
    refund = call.found("refund", refund_id)
    before = refund["status"]
    if before in WITHOUT_EFFECT:
        return refund
    if refund["balance_transaction"] is not None:
        money = settled(call, refund["amount"], refund["currency"])
        transaction = balance.record(
            call, "refund_failure", money.amount_minor, money.currency, refund["id"], exchange_rate=money.rate,
            description="REFUND FAILURE",
        )  # fmt: skip
        refund["failure_balance_transaction"] = transaction["id"]
    refund.update(status="failed", failure_reason="unknown")
    refund.pop("pending_reason", None)
    _give_back(call, refund)
    return _changed(call, refund, "refund.failed", {"status": before})


def cancel(call: Call) -> Doc:
    refund = call.found("refund", call.ids["id"])
    if refund["status"] != "pending":
        raise invalid(f"Refund {refund['id']} cannot be canceled: its status is {refund['status']}.")
    refund["status"] = "canceled"
    refund.pop("pending_reason", None)
    _give_back(call, refund)
    return _changed(call, refund, "refund.updated", {"status": "pending"})


def _give_back(call: Call, refund: Doc) -> None:
    charge = call.found("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.store.put(charge)


def _changed(call: Call, refund: Doc, event_type: str, previous: Doc) -> Doc:
    call.store.put(refund)
    for told in dict.fromkeys(("refund.updated", event_type)):
        emit(call, told, refund, previous)
    emit(call, "charge.refund.updated", refund, previous)
    return refund


def retrieve(call: Call) -> Doc:
    return call.found("refund", call.ids["id"])


def update(call: Call) -> Doc:
    refund = retrieve(call)
    refund["metadata"] = merged(refund["metadata"], call.params.get("metadata", {}))
    emit(call, "refund.updated", call.store.put(refund))
    return refund


def list_refunds(call: Call) -> Doc:
    return listed(call, "refund", [Filter(name, call.params.get(name)) for name in ("charge", "payment_intent")])
