"""News from Stripe: fetch the object that a webhook named, and record what it says now, never what the webhook said."""

from typing import Any, Final, cast
from uuid import UUID

import stripe

from commands.record_payment import RecordPayment
from commands.record_payout import RecordBankPayout, RecordTransfer
from commands.record_refund import RecordRefund
from domain.payment import ENDED, Payment
from domain.payout import Payout
from workers.actors.dispute import see_dispute
from workers.board import Leased
from workers.hands import Hands, NotYet

# What a charge tells that its PaymentIntent does not tell by itself: its fee, and what a bank did to an authorisation.
_OF_CHARGES: Final = frozenset({"charge.updated", "charge.captured", "charge.expired"})


def stripe_news(task: Leased, hands: Hands) -> None:
    """A webhook said that something changed: fetch the object and record what it says now."""
    kind, object_id = str(task.arguments["type"]), str(task.arguments["object_id"])
    account = cast("str | None", task.arguments.get("account"))
    if kind.startswith("charge.dispute."):
        see_dispute(task, hands, object_id)
        return
    try:
        command = _what_it_says(hands, kind, object_id, account)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        command = None  # Stripe itself knows no such object, so there is nothing to record.
    if command is not None:
        hands.record(task, command)


def _what_it_says(hands: Hands, kind: str, object_id: str, account: str | None) -> Any:
    """The command that records the object as it is now, or None if it is none of ours."""
    if kind.startswith("payment_intent."):
        return _news_of_intent(hands, object_id)
    if kind in _OF_CHARGES:
        intent_id = hands.stripe.payments.intent_of_charge(object_id)
        return _news_of_intent(hands, intent_id) if intent_id else None
    if kind.startswith(("refund.", "charge.refund.")) and object_id.startswith("re_"):
        return _news_of_refund(hands, object_id)
    if kind.startswith(("payout.", "transfer.")):
        return _news_of_payout(hands, kind, object_id, account)
    if kind.startswith(("account.", "capability.")):
        return hands.stripe.accounts.fetch(object_id if object_id.startswith("acct_") else account or object_id)
    return None


def _news_of_payout(
    hands: Hands, kind: str, object_id: str, account: str | None
) -> RecordBankPayout | RecordTransfer | None:
    """A bank payout of a vendor's account, or a transfer to one.

    A transfer of another amount than its payout is left to the payout's own task, which says so.
    """
    if kind.startswith("payout."):
        return hands.stripe.connect.bank_payout(object_id, account) if account is not None else None
    seen = hands.stripe.connect.transfer(object_id) if account is None else None
    payout = hands.find(Payout, seen.payout_id) if seen is not None else None
    return seen if payout is not None and seen is not None and payout.amount_minor == seen.amount_minor else None


def _news_of_refund(hands: Hands, stripe_refund_id: str) -> RecordRefund | None:
    metadata, seen = hands.stripe.refunds.fetch(stripe_refund_id)
    if "refund_id" not in metadata:
        return None
    if seen.status in {"failed", "canceled"} and (seen.entry is None) != (seen.returned is None):
        raise NotYet(None, "Stripe does not show yet how the money left and came back")
    return RecordRefund(UUID(metadata["payment_id"]), UUID(metadata["refund_id"]), seen)


def _news_of_intent(hands: Hands, intent_id: str) -> RecordPayment | None:
    payment_id = hands.stripe.payments.payment_of(intent_id)
    if payment_id is None:
        return None
    payment = hands.find(Payment, payment_id)
    if payment is None:
        return None
    if payment.intent_id is None and payment.status not in ENDED:
        raise NotYet(1.0, "the webhook came before the answer to our own request")
    return RecordPayment(payment_id, hands.stripe.payments.fetch(intent_id))
