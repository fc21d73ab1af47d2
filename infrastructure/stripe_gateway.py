"""Stripe through its own SDK, answering in the words of our commands. Every call that moves money takes a key.

Objects are always fetched and read as they are now; webhook payloads are hints (research, stripe-semantics).
"""

from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import stripe

from commands.record_payment import Intent, IntentStatus
from commands.record_payout import RecordBankPayout, RecordTransfer
from commands.record_refund import RefundSeen
from domain.payment import BalanceEntry, Payment
from domain.payout import Payout

CONNECT_S: Final = 5
READ_S: Final = 25
_EXPAND_INTENT: Final = ["latest_charge.balance_transaction"]
_EXPAND_REFUND: Final = ["balance_transaction", "failure_balance_transaction"]


class StripeGateway:
    """`api_base` is the sandbox's address, or None for Stripe itself. Retries are the task board's, not the SDK's."""

    def __init__(self, api_key: str, api_base: str | None) -> None:
        addresses: Any = {"api": api_base} if api_base else {}
        self._v1 = stripe.StripeClient(
            api_key,
            base_addresses=addresses,
            http_client=stripe.RequestsClient(timeout=(CONNECT_S, READ_S)),
            max_network_retries=0,
        ).v1

    def create_intent(self, payment: Payment, *, key: str) -> Intent:
        """Make the PaymentIntent without confirming it, so that its id can be stored before money moves."""
        made = self._v1.payment_intents.create(
            {
                "amount": payment.amount_minor,
                "currency": payment.currency.lower(),
                "payment_method": payment.payment_method,
                "payment_method_types": ["card"],
                "metadata": {"payment_id": str(payment.id), "booking_id": str(payment.booking_id)},
            },  # type: ignore[typeddict-unknown-key]  # the SDK's types call it allowed_payment_method_types since 16.1
            {"idempotency_key": key},
        )
        return _intent(made)

    def find_intent(self, payment_id: UUID, *, since: datetime) -> Intent | None:
        """The PaymentIntent of this payment, looked up among those made since: never by search, which lags."""
        listed = self._v1.payment_intents.list({"created": {"gte": int(since.timestamp()) - 60}, "limit": 100})
        for found in listed.auto_paging_iter():
            if _metadata(found).get("payment_id") == str(payment_id):
                return self.intent(found.id)
        return None

    def confirm_intent(self, intent_id: str, *, return_url: str, key: str) -> Intent:
        """Charge the card, or be told that the cardholder must act. A decline is an Intent too, not an error.

        So is one that was confirmed or canceled meanwhile: a PaymentIntent is charged once, under whatever key.
        """
        try:
            confirmed = self._v1.payment_intents.confirm(
                intent_id, {"return_url": return_url, "expand": _EXPAND_INTENT}, {"idempotency_key": key}
            )
        except stripe.CardError:
            return self.intent(intent_id)
        except stripe.InvalidRequestError as error:
            if error.code != "payment_intent_unexpected_state":
                raise
            return self.intent(intent_id)
        return _intent(confirmed)

    def intent(self, intent_id: str) -> Intent:
        return _intent(self._v1.payment_intents.retrieve(intent_id, {"expand": _EXPAND_INTENT}))

    def payment_of(self, intent_id: str) -> UUID | None:
        """Which of our payments a PaymentIntent is; None if it was not made by us."""
        ours = _metadata(self._v1.payment_intents.retrieve(intent_id)).get("payment_id")
        return UUID(ours) if ours else None

    def action_of(self, intent_id: str) -> tuple[str, dict[str, Any] | None]:
        """The client secret and next action that the cardholder needs for 3-D Secure."""
        found = self._v1.payment_intents.retrieve(intent_id)
        assert found.client_secret is not None
        return found.client_secret, found.next_action.to_dict() if found.next_action else None

    def cancel_intent(self, intent_id: str, *, key: str) -> Intent:
        """Void it; if it cannot be voided any more, the Intent says what it is instead."""
        try:
            self._v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            if error.code != "payment_intent_unexpected_state":
                raise
        return self.intent(intent_id)

    def create_refund(self, payment: Payment, refund_id: UUID, *, key: str) -> RefundSeen:
        assert payment.intent_id is not None
        made = self._v1.refunds.create(
            {
                "payment_intent": payment.intent_id,
                "amount": payment.refunds[refund_id].amount_minor,
                "metadata": {"payment_id": str(payment.id), "refund_id": str(refund_id)},
                "expand": _EXPAND_REFUND,
            },
            {"idempotency_key": key},
        )
        return _refund(made)

    def find_refund(self, payment: Payment, refund_id: UUID) -> RefundSeen | None:
        assert payment.intent_id is not None
        listed = self._v1.refunds.list({"payment_intent": payment.intent_id, "limit": 100})
        for found in listed.auto_paging_iter():
            if _metadata(found).get("refund_id") == str(refund_id):
                return self.refund(found.id)[1]
        return None

    def refund(self, stripe_refund_id: str) -> tuple[dict[str, str], RefundSeen]:
        """A refund and its metadata, which name our payment and refund."""
        found = self._v1.refunds.retrieve(stripe_refund_id, {"expand": _EXPAND_REFUND})
        return _metadata(found), _refund(found)

    def create_account(self, vendor_id: UUID, *, key: str) -> tuple[str, bool]:
        """An account to pay a vendor to: its id, and whether transfers and payouts are possible now."""
        made = self._v1.accounts.create(
            {
                "controller": {
                    "losses": {"payments": "application"},
                    "fees": {"payer": "application"},
                    "stripe_dashboard": {"type": "express"},
                },
                "capabilities": {"transfers": {"requested": True}},
                "settings": {"payouts": {"schedule": {"interval": "manual"}}},
                "metadata": {"vendor_id": str(vendor_id)},
            },
            {"idempotency_key": key},
        )
        return made.id, _ready(made)

    def find_account(self, vendor_id: UUID, *, since: datetime) -> tuple[str, bool] | None:
        listed = self._v1.accounts.list({"created": {"gte": int(since.timestamp()) - 60}, "limit": 100})
        for found in listed.auto_paging_iter():
            if _metadata(found).get("vendor_id") == str(vendor_id):
                return found.id, _ready(found)
        return None

    def account(self, account_id: str) -> tuple[dict[str, str], bool]:
        found = self._v1.accounts.retrieve(account_id)
        return _metadata(found), _ready(found)

    def create_transfer(self, payout: Payout, *, key: str) -> RecordTransfer:
        made = self._v1.transfers.create(
            {
                "amount": payout.amount_minor,
                "currency": payout.currency.lower(),
                "destination": payout.destination,
                "transfer_group": str(payout.id),
                "metadata": {"payout_id": str(payout.id)},
                "expand": ["balance_transaction"],
            },
            {"idempotency_key": key},
        )
        return RecordTransfer(payout.id, made.id, _entry(made.balance_transaction))

    def find_transfer(self, payout: Payout) -> RecordTransfer | None:
        """The transfer of this payout, by its transfer group."""
        listed = self._v1.transfers.list({"transfer_group": str(payout.id), "limit": 1})
        if not listed.data:
            return None
        found = self._v1.transfers.retrieve(listed.data[0].id, {"expand": ["balance_transaction"]})
        return RecordTransfer(payout.id, found.id, _entry(found.balance_transaction))

    def create_bank_payout(self, payout: Payout, *, key: str) -> RecordBankPayout:
        made = self._v1.payouts.create(
            {
                "amount": payout.amount_minor,
                "currency": payout.currency.lower(),
                "metadata": {"payout_id": str(payout.id)},
            },
            {"idempotency_key": key, "stripe_account": payout.destination},
        )
        return _bank_payout(payout.id, made)

    def find_bank_payout(self, payout: Payout, *, since: datetime) -> RecordBankPayout | None:
        listed = self._v1.payouts.list(
            {"created": {"gte": int(since.timestamp()) - 60}, "limit": 100}, {"stripe_account": payout.destination}
        )
        for found in listed.auto_paging_iter():
            if _metadata(found).get("payout_id") == str(payout.id):
                return _bank_payout(payout.id, found)
        return None

    def bank_payout(self, stripe_payout_id: str, account_id: str) -> RecordBankPayout | None:
        """A payout on a vendor's account; None if it was not made by us."""
        found = self._v1.payouts.retrieve(stripe_payout_id, None, {"stripe_account": account_id})
        ours = _metadata(found).get("payout_id")
        return _bank_payout(UUID(ours), found) if ours else None

    def register_webhooks(self, url: str) -> list[str]:
        """Have every event delivered to `url`, ours and our vendors' accounts'; the secrets that sign them."""
        for known in self._v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter():
            if known.url == url:
                self._v1.webhook_endpoints.delete(known.id)
        made = [
            self._v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"], "connect": connect})
            for connect in (False, True)
        ]
        return [endpoint.secret for endpoint in made if endpoint.secret is not None]


def is_replayed(error: stripe.StripeError) -> bool:
    """Whether this is the answer Stripe kept of an earlier request: its key says the same for a day, errors too."""
    headers = {str(name).lower(): value for name, value in (error.headers or {}).items()}
    return headers.get("idempotent-replayed") == "true"


def _maybe(thing: Any, name: str) -> Any:
    """A field that Stripe leaves out when there is nothing to say; the SDK knows no such attribute then."""
    return getattr(thing, name, None)


def _metadata(thing: Any) -> dict[str, str]:
    metadata = _maybe(thing, "metadata")
    return cast("dict[str, str]", metadata.to_dict() if metadata else {})


def _entry(balance_transaction: Any) -> BalanceEntry | None:
    """An expanded balance transaction; None while Stripe has none yet."""
    if balance_transaction is None or isinstance(balance_transaction, str):
        return None
    entry = balance_transaction
    return BalanceEntry(entry.id, entry.amount, entry.fee, entry.currency.upper())


def _intent(found: stripe.PaymentIntent) -> Intent:
    charge: Any = found.latest_charge
    paid = found.status == "succeeded" and charge is not None
    expanded = charge is not None and not isinstance(charge, str)
    error = found.last_payment_error
    return Intent(
        intent_id=found.id,
        status=cast("IntentStatus", found.status),
        received_minor=_maybe(found, "amount_received") or 0,
        currency=found.currency.upper(),
        charge_id=(charge.id if expanded else charge) if paid else None,
        error_code=(_maybe(error, "code") or error.type) if error else None,
        decline_code=_maybe(error, "decline_code"),
        entry=_entry(charge.balance_transaction) if paid and expanded else None,
    )


def _refund(found: stripe.Refund) -> RefundSeen:
    return RefundSeen(
        stripe_refund_id=found.id,
        status=cast("Any", found.status),
        entry=_entry(_maybe(found, "balance_transaction")),
        failure_code=_maybe(found, "failure_reason") if found.status == "failed" else None,
        returned=_entry(_maybe(found, "failure_balance_transaction")) if found.status == "failed" else None,
    )


def _bank_payout(payout_id: UUID, found: stripe.Payout) -> RecordBankPayout:
    return RecordBankPayout(payout_id, found.id, cast("Any", found.status), found.failure_code)


def _ready(account: stripe.Account) -> bool:
    transfers = _maybe(_maybe(account, "capabilities"), "transfers")
    return transfers == "active" and bool(_maybe(account, "payouts_enabled"))
