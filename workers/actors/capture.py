"""What becomes of money that a card's bank has set aside: taken, or let go.

Both look at the PaymentIntent by its id before they ask for anything. Stripe takes or cancels one once, under whatever
key, so a key of its own for each attempt cannot do it twice, and an error kept under a key stops nothing.
"""

from datetime import timedelta
from typing import Final

import stripe

from commands.record_capture_failure import RecordCaptureFailure
from commands.record_no_answer import RecordNoAnswer
from commands.record_payment import Intent, RecordPayment
from domain.payment import ENDED, Payment
from workers.actors.argument import uuid_of
from workers.actors.charge import record_intent
from workers.board import Leased
from workers.hands import Hands, NotYet

CHARGE_ENDS_WITHIN: Final = timedelta(minutes=10)
LOOK_BACK: Final = timedelta(days=2)


def capture(task: Leased, hands: Hands) -> None:
    """Take what was set aside; if that can never be, say so, and the payment is voided."""
    payment = hands.load(Payment, uuid_of(task, "payment_id"))
    if payment.status in ENDED:  # As a webhook has told.
        return
    assert payment.intent_id is not None
    intent = hands.stripe.payments.fetch(payment.intent_id)
    if intent.status == "requires_capture":
        try:
            intent = hands.sent(
                task,
                lambda: hands.stripe.payments.capture(payment, key=f"capture:{task.task_id}:{task.attempt}"),
                no_answer=RecordNoAnswer(payment.id, "capture"),
            )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            hands.record(task, RecordCaptureFailure(payment.id, error.code or "capture_refused"))
            return
    record_intent(task, hands, payment, intent)


def void(task: Leased, hands: Hands) -> None:
    """Stop a payment that nobody wants any more; if it was faster, its money is recorded and sent back."""
    payment = hands.load(Payment, uuid_of(task, "payment_id"))
    if payment.status in ENDED:
        return
    intent_id = payment.intent_id or _found_or_ended(task, hands, payment)
    if intent_id is None:
        return
    intent = hands.stripe.payments.fetch(intent_id)
    if intent.status not in {"canceled", "succeeded"}:
        intent = _canceled(task, hands, payment, intent_id)
    hands.record(task, RecordPayment(payment.id, intent))


def _found_or_ended(task: Leased, hands: Hands, payment: Payment) -> str | None:
    """The id of a PaymentIntent that nobody has recorded. None if there is none, and the payment is at its end.

    Its charge sees to that by itself, and is waited for; only one that was parked never will.
    """
    if hands.database_now() - task.created_at < CHARGE_ENDS_WITHIN:
        raise NotYet(None, "the charge has not reached Stripe yet")
    found = hands.stripe.payments.find(payment.id, since=task.created_at - LOOK_BACK)
    if found is None:  # And should it arrive yet: what is never confirmed is never charged.
        hands.record(task, RecordPayment(payment.id, Intent(None, "canceled")))
        return None
    return found.intent_id


def _canceled(task: Leased, hands: Hands, payment: Payment, intent_id: str) -> Intent:
    return hands.sent(
        task,
        lambda: hands.stripe.payments.cancel(intent_id, key=f"void:{task.task_id}:{task.attempt}"),
        no_answer=RecordNoAnswer(payment.id, "void"),
    )
