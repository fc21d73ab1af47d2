"""Confirming a PaymentIntent: the card decides whether it is paid, declined, or has to be authenticated first."""

from sandbox import charges
from sandbox.cards import GENERIC, Decline
from sandbox.documents import Doc, public
from sandbox.errors import StripeRefusal, invalid
from sandbox.events import emit
from sandbox.payment_methods import card_of, used
from sandbox.world import Call

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)


def confirm(call: Call, intent: Doc) -> Doc:
    """Raises StripeRefusal (402) with the failed charge kept, when the card is declined."""
    if intent["status"] not in CONFIRMABLE:
        raise wrong_state(intent, "confirm")
    method = _chosen_method(call, intent)
    _require_return_url(call, intent)
    intent.update(payment_method=method["id"], next_action=None, last_payment_error=None)
    card = card_of(method)
    if card.authentication and call.params.get("off_session"):
        raise _declined(call, intent, method, AUTHENTICATION_REQUIRED)
    if card.authentication:
        if call.params.get("error_on_requires_action"):
            raise _declined(call, intent, method, AUTHENTICATION_REQUIRED)
        return _ask_for_authentication(call, intent)
    if card.decline is not None:
        raise _declined(call, intent, method, card.decline)
    return _paid(call, intent, method)


def authenticate(call: Call, intent_id: str, *, succeeded: bool) -> Doc:
    """The end of 3-D Secure, from the page or the control endpoint."""
    intent = call.found("payment_intent", intent_id)
    if intent["status"] != "requires_action":
        raise wrong_state(intent, "authenticate")
    method = call.found("payment_method", intent["payment_method"])
    intent.update(next_action=None, _authenticated=succeeded)
    if not succeeded:
        message = (
            "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
            "PaymentMethod to attempt to fulfill this PaymentIntent again."
        )
        refusal = invalid(message, code="payment_intent_authentication_failure")
        intent.update(status="requires_payment_method", payment_method=None)
        intent["last_payment_error"] = {**refusal.error, "payment_method": public(method)}
        emit(call, "payment_intent.payment_failed", call.store.put(intent))
        return intent
    decline = card_of(method).decline
    if decline is None:
        return _paid(call, intent, method)
    _declined(call, intent, method, decline)
    return intent


def _chosen_method(call: Call, intent: Doc) -> Doc:
    method_id = call.params.get("payment_method", intent["payment_method"])
    if method_id is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken."
        )
        raise _with_intent(invalid(message, code="payment_intent_unexpected_state"), intent)
    return used(call, method_id, customer=intent["customer"])


def _require_return_url(call: Call, intent: Doc) -> None:
    """Stripe's own trap since 2023-08-16: dashboard-configured methods may redirect, so they need a return_url."""
    automatic = intent["automatic_payment_methods"]
    redirects = automatic is not None and automatic["enabled"] and automatic["allow_redirects"] == "always"
    if not redirects or call.params.get("use_stripe_sdk") or "return_url" in call.params:
        return
    message = (
        "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
        "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't "
        "want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
        "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
    )
    raise _with_intent(invalid(message), intent)


def _ask_for_authentication(call: Call, intent: Doc) -> Doc:
    url = f"{call.settings.base_url}/sandbox/3ds/{intent['id']}"
    return_url = call.params.get("return_url")
    if return_url is not None:
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": url},
        }
    else:
        sdk = {"type": "three_d_secure_redirect", "stripe_js": url, "source": intent["id"]}
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    intent["status"] = "requires_action"
    emit(call, "payment_intent.requires_action", call.store.put(intent))
    return intent


def _paid(call: Call, intent: Doc, method: Doc) -> Doc:
    charge = charges.attempt(call, intent, method, None)
    intent["latest_charge"] = charge["id"]
    emit(call, "charge.succeeded", charge)
    if charge["captured"]:
        intent.update(status="succeeded", amount_received=charge["amount_captured"])
        emit(call, "payment_intent.succeeded", call.store.put(intent))
    else:
        intent.update(status="requires_capture", amount_capturable=charge["amount"])
        emit(call, "payment_intent.amount_capturable_updated", call.store.put(intent))
        call.schedule("intent.expire", intent["id"], after_seconds=charges.AUTHORISED_SECONDS)
    return intent


def _declined(call: Call, intent: Doc, method: Doc, decline: Decline) -> StripeRefusal:
    """Writes the failed attempt down and returns the refusal to raise."""
    charge = charges.attempt(call, intent, method, decline or GENERIC)
    refusal = StripeRefusal(
        402,
        "card_error",
        decline.message,
        keeps_work=True,
        code=decline.code,
        decline_code=decline.decline_code,
        charge=charge["id"],
        payment_method=public(method),
    )
    intent.update(status="requires_payment_method", payment_method=None, latest_charge=charge["id"])
    intent["last_payment_error"] = dict(refusal.error)
    emit(call, "charge.failed", charge)
    emit(call, "payment_intent.payment_failed", call.store.put(intent))
    return _with_intent(refusal, intent)


def wrong_state(intent: Doc, verb: str) -> StripeRefusal:
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    return _with_intent(invalid(message, code="payment_intent_unexpected_state"), intent)


def _with_intent(refusal: StripeRefusal, intent: Doc) -> StripeRefusal:
    refusal.error["payment_intent"] = public(intent)
    return refusal
