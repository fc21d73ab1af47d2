"""PaymentIntents: money in, in the words of our commands. Every call that moves money takes a key."""

from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import stripe

from commands.record_payment import Intent, IntentStatus
from domain.payment import Payment
from infrastructure.stripe_amounts import amount_of, minor_of
from infrastructure.stripe_client import V1, entry_of, maybe, metadata_of

_EXPAND: Final = ["latest_charge.balance_transaction"]
_UNEXPECTED: Final = "payment_intent_unexpected_state"


class StripePayments:
    """`v1` is the SDK's client of Stripe's API."""

    def __init__(self, v1: V1) -> None:
        self._v1 = v1

    def create(self, payment: Payment, *, key: str) -> Intent:
        """Make the PaymentIntent without confirming it, so that its id can be stored before money moves."""
        asked: Any = {
            "amount": amount_of(payment.amount_minor, payment.currency),
            "currency": payment.currency.lower(),
            "payment_method": payment.payment_method,
            "payment_method_types": ["card"],
            "metadata": {"payment_id": str(payment.id), "booking_id": str(payment.booking_id)},
        }
        if payment.capture == "manual":
            asked["capture_method"] = "manual"
        return _intent(self._v1.payment_intents.create(asked, {"idempotency_key": key}))

    def find(self, payment_id: UUID, *, since: datetime) -> Intent | None:
        """The PaymentIntent of this payment, looked up among those made since: never by search, which lags."""
        listed = self._v1.payment_intents.list({"created": {"gte": int(since.timestamp()) - 60}, "limit": 100})
        for found in listed.auto_paging_iter():
            if metadata_of(found).get("payment_id") == str(payment_id):
                return self.fetch(found.id)
        return None

    def confirm(self, intent_id: str, *, return_url: str, key: str) -> Intent:
        """Charge the card, or be told that the cardholder must act. A decline is an Intent too, not an error.

        So is one that was confirmed or canceled meanwhile: a PaymentIntent is charged once, under whatever key.
        """
        try:
            confirmed = self._v1.payment_intents.confirm(
                intent_id, {"return_url": return_url, "expand": _EXPAND}, {"idempotency_key": key}
            )
        except stripe.CardError:
            return self.fetch(intent_id)
        except stripe.InvalidRequestError as error:
            if error.code != _UNEXPECTED:
                raise
            return self.fetch(intent_id)
        return _intent(confirmed)

    def capture(self, payment: Payment, *, key: str) -> Intent:
        """Take what is wanted of what was set aside, let the rest go; if that cannot be, what the intent is instead.

        Raises stripe.InvalidRequestError and stripe.CardError when it stays set aside and cannot be captured.
        """
        assert payment.intent_id is not None
        assert payment.capture_minor is not None
        amount = amount_of(payment.capture_minor, payment.currency)
        try:
            captured = self._v1.payment_intents.capture(
                payment.intent_id, {"amount_to_capture": amount, "expand": _EXPAND}, {"idempotency_key": key}
            )
        except stripe.InvalidRequestError as error:
            if error.code != _UNEXPECTED:
                raise
            return self.fetch(payment.intent_id)
        return _intent(captured)

    def cancel(self, intent_id: str, *, key: str) -> Intent:
        """Void it; if it cannot be voided any more, the Intent says what it is instead."""
        try:
            self._v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            if error.code != _UNEXPECTED:
                raise
        return self.fetch(intent_id)

    def fetch(self, intent_id: str) -> Intent:
        return _intent(self._v1.payment_intents.retrieve(intent_id, {"expand": _EXPAND}))

    def payment_of(self, intent_id: str) -> UUID | None:
        """Which of our payments a PaymentIntent is; None if it was not made by us."""
        ours = metadata_of(self._v1.payment_intents.retrieve(intent_id)).get("payment_id")
        return UUID(ours) if ours else None

    def intent_of_charge(self, charge_id: str) -> str | None:
        """The PaymentIntent that a charge belongs to, if it has one."""
        found: Any = self._v1.charges.retrieve(charge_id)
        intent_id: str | None = found.payment_intent
        return intent_id

    def action_of(self, intent_id: str) -> tuple[str, dict[str, Any] | None]:
        """The client secret and next action that the cardholder needs for 3-D Secure."""
        found = self._v1.payment_intents.retrieve(intent_id)
        assert found.client_secret is not None
        return found.client_secret, found.next_action.to_dict() if found.next_action else None


def _intent(found: stripe.PaymentIntent) -> Intent:
    charge: Any = found.latest_charge
    currency = found.currency.upper()
    good = found.status in {"succeeded", "requires_capture"} and charge is not None
    expanded = good and not isinstance(charge, str)
    error = found.last_payment_error
    return Intent(
        intent_id=found.id,
        status=cast("IntentStatus", found.status),
        received_minor=minor_of(maybe(found, "amount_received") or 0, currency),
        currency=currency,
        charge_id=(charge.id if expanded else charge) if good else None,
        error_code=(maybe(error, "code") or error.type) if error else None,
        decline_code=maybe(error, "decline_code"),
        entry=entry_of(charge.balance_transaction) if expanded and found.status == "succeeded" else None,
        capturable_minor=minor_of(maybe(found, "amount_capturable") or 0, currency),
        capture_before=_capture_before(charge) if expanded else None,
    )


def _capture_before(charge: stripe.Charge) -> datetime | None:
    """Until when the card's bank keeps the money set aside, where Stripe says so."""
    card = maybe(maybe(charge, "payment_method_details"), "card")
    until = maybe(card, "capture_before")
    return datetime.fromtimestamp(until, UTC) if until else None
