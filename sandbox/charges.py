"""Charges: attempts to move money, kept whether they succeed or not."""

from sandbox import balance
from sandbox.cards import CARDS, Card, Decline
from sandbox.documents import Doc, new_id
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.money import processing_fee_minor
from sandbox.params import clearable_text, free_mapping, instants, merged, metadata, text, texts
from sandbox.payment_methods import card_of, no_billing_details
from sandbox.settlement import settled
from sandbox.world import Call

LIST_ACCEPTS = page_accepts(customer=text, payment_intent=text, transfer_group=text, created=instants)
UPDATE_ACCEPTS = {
    "description": clearable_text,
    "metadata": metadata,
    "receipt_email": text,
    "shipping": free_mapping,
    "transfer_group": text,
    "expand": texts,
}
AUTHORISED_SECONDS = 7 * 24 * 60 * 60


def blank(call: Call, charge_id: str, amount_minor: int, currency: str) -> Doc:
    """A charge with every field Stripe shows, before anything has happened to it."""
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount_minor,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": no_billing_details(),
        "calculated_statement_descriptor": "TRAVELLR SANDBOX",
        "captured": False,
        "created": call.now(),
        "currency": currency,
        "customer": None,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": None,
        "payment_method": None,
        "payment_method_details": None,
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "failed",
        "transfer_data": None,
        "transfer_group": None,
    }


def attempt(call: Call, intent: Doc, method: Doc, decline: Decline | None) -> Doc:
    """The charge of a confirmed PaymentIntent; authorised only when it captures by hand, failed when declined."""
    card = card_of(method)
    charge = blank(call, new_id("ch"), intent["amount"], intent["currency"])
    charge.update({name: intent[name] for name in _TAKEN_FROM_INTENT})
    charge.update(
        payment_intent=intent["id"],
        payment_method=method["id"],
        billing_details=method["billing_details"],
        payment_method_details=_details(call, method, intent),
        metadata=dict(intent["metadata"]),
        outcome=_outcome(decline),
    )
    charge["_card"] = method["_card"]
    if decline is not None:
        charge.update(failure_code=decline.code, failure_message=decline.message)
        return call.store.add(call.account, charge)
    charge.update(status="succeeded", paid=True, receipt_url=f"https://pay.stripe.com/receipts/{charge['id']}")
    call.store.add(call.account, charge)
    if intent["capture_method"] == "manual":
        return charge
    return capture(call, charge, card, charge["amount"])


_TAKEN_FROM_INTENT = (
    "customer", "description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix",
    "transfer_group",
)  # fmt: skip


def capture(call: Call, charge: Doc, card: Card, amount_minor: int) -> Doc:
    """Takes the money: less than authorised releases the rest, which Stripe shows as refunded."""
    charge.update(captured=True, amount_captured=amount_minor, amount_refunded=charge["amount"] - amount_minor)
    if late := call.world.faults.take("late_fee"):
        call.schedule("charge.book", charge["id"], after_seconds=late["seconds"])
    else:
        _book(call, charge)
    if card.disputed:
        call.schedule("dispute.open", charge["id"], after_seconds=call.settings.dispute_seconds)
    return call.store.put(charge)


def _book(call: Call, charge: Doc) -> None:
    money = settled(call, charge["amount_captured"], charge["currency"])
    wait_seconds = 0.0 if CARDS[charge["_card"]].settles_at_once else call.settings.settle_seconds
    transaction = balance.record(
        call, "charge", money.amount_minor, money.currency, charge["id"],
        fee_minor=processing_fee_minor(money.amount_minor, money.currency), exchange_rate=money.rate,
        available_on=call.now() + round(wait_seconds), description=charge["description"],
    )  # fmt: skip
    charge["balance_transaction"] = transaction["id"]


def book_late(call: Call, charge_id: str) -> None:
    charge = call.found("charge", charge_id)
    _book(call, charge)
    emit(call, "charge.updated", call.store.put(charge), {"balance_transaction": None})


def _details(call: Call, method: Doc, intent: Doc) -> Doc:
    card = method["card"]
    shown = {
        name: card[name]
        for name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    }
    three_d_secure = None
    if intent.get("_authenticated"):
        three_d_secure = {
            "authentication_flow": "challenge",
            "electronic_commerce_indicator": "05",
            "exemption_indicator": None,
            "result": "authenticated",
            "result_reason": None,
            "transaction_id": None,
            "version": "2.2.0",
        }
    details = {
        **shown,
        "amount_authorized": intent["amount"],
        "installments": None,
        "mandate": None,
        "network": card["brand"],
        "network_token": {"used": False},
        "three_d_secure": three_d_secure,
        "wallet": None,
    }
    if intent["capture_method"] == "manual":
        details["capture_before"] = call.now() + AUTHORISED_SECONDS
    return {"card": details, "type": "card"}


def _outcome(decline: Decline | None) -> Doc:
    if decline is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 20,
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "network_status": "declined_by_network",
        "reason": decline.decline_code or decline.code,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def retrieve(call: Call) -> Doc:
    return call.found("charge", call.ids["id"])


def update(call: Call) -> Doc:
    charge = retrieve(call)
    changes = call.given("description", "receipt_email", "shipping", "transfer_group")
    if "metadata" in call.params:
        changes["metadata"] = merged(charge["metadata"], call.params["metadata"])
    previous = {name: charge[name] for name in changes}
    charge.update(changes)
    emit(call, "charge.updated", call.store.put(charge), previous)
    return charge


def list_charges(call: Call) -> Doc:
    names = ("customer", "payment_intent", "transfer_group")
    return listed(call, "charge", [Filter(name, call.params.get(name)) for name in names])
