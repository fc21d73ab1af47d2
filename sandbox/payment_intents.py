"""PaymentIntents: one payment from the first try to the capture."""

from sandbox import charges, confirmation, money
from sandbox.cards import CARDS
from sandbox.documents import Doc, new_id, random_text
from sandbox.errors import invalid, malformed
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.params import (
    Accepts,
    boolean,
    clearable_text,
    free_mapping,
    instants,
    integer,
    mapping,
    merged,
    metadata,
    one_of,
    text,
    texts,
    unsupported,
)  # fmt: skip
from sandbox.payment_methods import used
from sandbox.refunds import release_rest
from sandbox.world import Call

_DESCRIBING = ("description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix")
_ELSEWHERE: Accepts = dict.fromkeys(("payment_method_data", "amount_details", "payment_details", "hooks"), unsupported)
_ON_BEHALF: Accepts = dict.fromkeys(("application_fee_amount", "transfer_data", "customer_account"), unsupported)
_MANDATES: Accepts = dict.fromkeys(("confirmation_token", "mandate", "mandate_data"), unsupported)
_CHANGEABLE = {
    "amount": integer,
    "currency": text,
    "customer": text,
    "description": clearable_text,
    "metadata": metadata,
    "payment_method": text,
    "payment_method_types": texts,
    # The name since API 2026-10-28.endive, which SDK 16.1 sends; answers keep the older shape.
    "allowed_payment_method_types": texts,
    "payment_method_options": free_mapping,
    "receipt_email": clearable_text,
    "setup_future_usage": one_of("off_session", "on_session"),
    "shipping": free_mapping,
    "statement_descriptor": text,
    "statement_descriptor_suffix": text,
    "transfer_group": text,
    "expand": texts,
    **_ELSEWHERE,
    **_ON_BEHALF,
}
_CONFIRMING = {
    "off_session": boolean,
    "return_url": text,
    "error_on_requires_action": boolean,
    "use_stripe_sdk": boolean,
}
CREATE_ACCEPTS = {
    **_CHANGEABLE,
    **_CONFIRMING,
    **_MANDATES,
    "on_behalf_of": unsupported,
    "automatic_payment_methods": mapping(("enabled",), enabled=boolean, allow_redirects=one_of("always", "never")),
    "capture_method": one_of("automatic", "automatic_async", "manual"),
    "confirm": boolean,
    "confirmation_method": one_of("automatic", "manual"),
}
UPDATE_ACCEPTS = _CHANGEABLE
CONFIRM_ACCEPTS = {
    **_CONFIRMING,
    "payment_method": text,
    "receipt_email": clearable_text,
    "shipping": free_mapping,
    "setup_future_usage": one_of("off_session", "on_session"),
    "payment_method_options": free_mapping,
    "expand": texts,
    **_ELSEWHERE,
    **_MANDATES,
}
CAPTURE_ACCEPTS = {"amount_to_capture": integer, "final_capture": boolean, "metadata": metadata, "expand": texts}
CANCEL_ACCEPTS = {
    "cancellation_reason": one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
    "expand": texts,
}
RETRIEVE_ACCEPTS = {"client_secret": text, "expand": texts}
LIST_ACCEPTS = page_accepts(customer=text, created=instants)
CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
CHANGEABLE_STATES = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Doc:
    currency = money.checked_currency(call.params["currency"])
    amount_minor = money.checked_charge_amount_minor(call.params["amount"], currency)
    for name in _CONFIRMING:
        if name in call.params and not call.params.get("confirm"):
            message = f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is true."
            raise malformed(message, param=name)
    if "customer" in call.params:
        call.found("customer", call.params["customer"], param="customer")
    intent_id = new_id("pi")
    intent: Doc = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount_minor,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": call.params.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{random_text()}",
        "confirmation_method": call.params.get("confirmation_method", "automatic"),
        "created": call.now(),
        "currency": currency,
        "customer": call.params.get("customer"),
        **dict.fromkeys(_DESCRIBING),
        **call.given(*_DESCRIBING),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merged({}, call.params.get("metadata", {})),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"installments": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": _types(call) or ["card"],
        "processing": None,
        "review": None,
        "setup_future_usage": call.params.get("setup_future_usage"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": call.params.get("transfer_group"),
    }
    if _types(call) is None:
        automatic = {"allow_redirects": "always", "enabled": True}
        intent["automatic_payment_methods"] = {**automatic, **call.params.get("automatic_payment_methods", {})}
    _choose_method(call, intent)
    call.store.add(call.account, intent)
    emit(call, "payment_intent.created", intent)
    return confirmation.confirm(call, intent) if call.params.get("confirm") else intent


def _types(call: Call) -> list[str] | None:
    given = call.given("payment_method_types", "allowed_payment_method_types")
    return next(iter(given.values()), None)


def _choose_method(call: Call, intent: Doc) -> None:
    if "payment_method" not in call.params:
        return
    method = used(call, call.params["payment_method"], customer=intent["customer"])
    intent.update(payment_method=method["id"], status="requires_confirmation")
    if call.params["payment_method"] in CARDS:
        # Confirming in the same request must not make a second copy of the test card.
        call.params["payment_method"] = method["id"]


def retrieve(call: Call) -> Doc:
    intent = call.found("payment_intent", call.ids["id"])
    secret = call.params.get("client_secret", intent["client_secret"])
    if secret != intent["client_secret"]:
        raise invalid("The client_secret provided does not match the PaymentIntent.", param="client_secret")
    return intent


def update(call: Call) -> Doc:
    intent = retrieve(call)
    free = {"metadata", "description", "receipt_email", "shipping", "transfer_group", "expand"}
    if intent["status"] not in CHANGEABLE_STATES and set(call.params) - free:
        raise confirmation.wrong_state(intent, "update")
    currency = money.checked_currency(call.chosen("currency", intent["currency"]))
    money.checked_charge_amount_minor(call.chosen("amount", intent["amount"]), currency)
    if "customer" in call.params:
        call.found("customer", call.params["customer"], param="customer")
    names = (*_DESCRIBING, "amount", "customer", "setup_future_usage", "transfer_group")
    intent.update({**call.given(*names), "currency": currency})
    intent["payment_method_types"] = _types(call) or intent["payment_method_types"]
    if "metadata" in call.params:
        intent["metadata"] = merged(intent["metadata"], call.params["metadata"])
    _choose_method(call, intent)
    return call.store.put(intent)


def confirm(call: Call) -> Doc:
    intent = call.found("payment_intent", call.ids["id"])
    intent.update(call.given("receipt_email", "shipping", "setup_future_usage"))
    return confirmation.confirm(call, intent)


def capture(call: Call) -> Doc:
    intent = retrieve(call)
    if intent["status"] != "requires_capture":
        raise confirmation.wrong_state(intent, "capture")
    if call.world.faults.take("refuse_capture"):
        message = "The charge cannot be captured, because its authorization has expired."
        raise invalid(message, code="charge_expired_for_capture")
    amount_minor = call.chosen("amount_to_capture", intent["amount_capturable"])
    money.checked_positive_minor(amount_minor, "amount_to_capture")
    money.checked_granularity(amount_minor, intent["currency"])
    if amount_minor > intent["amount_capturable"]:
        message = (
            f"The amount to capture ({amount_minor}) must be less than or equal to the capturable amount "
            f"({intent['amount_capturable']})."
        )
        raise invalid(message, code="amount_too_large", param="amount_to_capture")
    charge = call.found("charge", intent["latest_charge"])
    charge = charges.capture(call, charge, CARDS[charge["_card"]], amount_minor)
    release_rest(call, charge)
    if "metadata" in call.params:
        intent["metadata"] = merged(intent["metadata"], call.params["metadata"])
    intent.update(status="succeeded", amount_capturable=0, amount_received=amount_minor)
    emit(call, "charge.captured", charge)
    emit(call, "payment_intent.succeeded", call.store.put(intent))
    return intent


def cancel(call: Call) -> Doc:
    intent = retrieve(call)
    if intent["status"] not in CANCELABLE:
        raise confirmation.wrong_state(intent, "cancel")
    return _canceled(call, intent, call.params.get("cancellation_reason"))


def expire(call: Call, intent_id: str) -> None:
    """An authorisation that nobody captured ends by itself."""
    intent = call.found("payment_intent", intent_id)
    if intent["status"] == "requires_capture":
        _canceled(call, intent, "automatic")


def _canceled(call: Call, intent: Doc, reason: str | None) -> Doc:
    authorised = intent["status"] == "requires_capture"
    intent.update(status="canceled", canceled_at=call.now(), cancellation_reason=reason, amount_capturable=0)
    intent["next_action"] = None
    if authorised:
        charge = call.found("charge", intent["latest_charge"])
        charge.update(amount_refunded=charge["amount"], refunded=True)
        release_rest(call, call.store.put(charge))
        emit(call, "charge.refunded", charge)
    emit(call, "payment_intent.canceled", call.store.put(intent))
    return intent


def list_intents(call: Call) -> Doc:
    return listed(call, "payment_intent", [Filter("customer", call.params.get("customer"))])
