"""Charging a card: make the PaymentIntent, confirm it, and stay with it until the money is here, kept or refused."""

import msgspec
import stripe

from commands.record_no_answer import RecordNoAnswer
from commands.record_payment import Intent, RecordPayment
from domain.payment import ENDED, Payment
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands, NotYet

_OVER = ENDED | {"authorised"}


def charge(task: Leased, hands: Hands) -> None:
    """Create the PaymentIntent, store its id, then confirm; stay with it until there is nothing left to wait for."""
    payment = hands.load(Payment, uuid_of(task, "payment_id"))
    if payment.status in _OVER:  # As the task that voids it has seen, or a webhook.
        forget_action(hands, payment)
        return
    if payment.intent_id is None:
        if not _made(task, hands, payment):
            return
        payment = hands.load(Payment, payment.id)
    assert payment.intent_id is not None
    intent = hands.stripe.payments.fetch(payment.intent_id)
    if intent.status == "requires_confirmation":
        intent = _confirmed_or_canceled(task, hands, payment, payment.intent_id)
    record_intent(task, hands, payment, intent)


def _made(task: Leased, hands: Hands, payment: Payment) -> bool:
    """Whether there is a PaymentIntent now. If not, the payment has ended: refused, or not wanted any more."""
    if payment.void_requested:
        found = hands.stripe.payments.find(payment.id, since=task.created_at) if task.attempt > 1 else None
        # One that is still on its way to Stripe is never confirmed, and so never charged.
        hands.record(task, RecordPayment(payment.id, found or Intent(None, "canceled")), closes=found is None)
        return found is not None
    try:
        made = hands.sent(
            task,
            lambda: hands.sent_once(
                task,
                lambda: hands.stripe.payments.find(payment.id, since=task.created_at),
                lambda key: hands.stripe.payments.create(payment, key=key),
            ),
            no_answer=RecordNoAnswer(payment.id, "create"),
        )
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        # Refused before anything was made: an unknown payment method, an amount that Stripe does not take.
        refused = Intent(None, "requires_payment_method", error_code=error.code or "invalid_request")
        hands.record(task, RecordPayment(payment.id, refused))
        return False
    hands.record(task, RecordPayment(payment.id, made), closes=False)
    return True


def _confirmed_or_canceled(task: Leased, hands: Hands, payment: Payment, intent_id: str) -> Intent:
    # A key of its own for each attempt: Stripe keeps errors under a key, and charges an intent once anyway.
    if payment.void_requested:
        return hands.stripe.payments.cancel(intent_id, key=f"cancel:{task.task_id}:{task.attempt}")
    key = f"confirm:{task.task_id}:{task.attempt}"
    return hands.sent(
        task,
        lambda: hands.stripe.payments.confirm(intent_id, return_url=hands.return_url, key=key),
        no_answer=RecordNoAnswer(payment.id, "confirm"),
    )


def record_intent(task: Leased, hands: Hands, payment: Payment, intent: Intent) -> None:
    """Record what Stripe says. Raises NotYet while the cardholder, or the bank, has still something to do."""
    if intent.status in {"requires_action", "processing", "requires_confirmation"}:
        if intent.status == "requires_action":
            assert intent.intent_id is not None
            _keep_action(hands, payment, intent.intent_id)
        hands.record(task, RecordPayment(payment.id, intent), closes=False)
        raise NotYet(None, f"Stripe says {intent.status}")
    hands.record(task, RecordPayment(payment.id, intent))
    forget_action(hands, payment)


def _keep_action(hands: Hands, payment: Payment, intent_id: str) -> None:
    """What the cardholder needs is a secret of the moment: kept beside the log, until the payment has ended."""
    client_secret, next_action = hands.stripe.payments.action_of(intent_id)
    with hands.pool.connection() as connection:
        connection.execute(
            "INSERT INTO board.payment_action VALUES (%s, %s, %s::jsonb) ON CONFLICT (payment_id) DO UPDATE"
            " SET client_secret = EXCLUDED.client_secret, next_action = EXCLUDED.next_action",
            (payment.id, client_secret, msgspec.json.encode(next_action).decode()),
        )


def forget_action(hands: Hands, payment: Payment) -> None:
    with hands.pool.connection() as connection:
        connection.execute("DELETE FROM board.payment_action WHERE payment_id = %s", (payment.id,))


def settle_payment(task: Leased, hands: Hands) -> None:
    """See the balance transaction of a charge, if it was not there at once."""
    payment = hands.load(Payment, uuid_of(task, "payment_id"))
    if payment.settled:
        return
    assert payment.intent_id is not None
    intent = hands.stripe.payments.fetch(payment.intent_id)
    if intent.entry is None:
        raise NotYet(None, "Stripe has no balance transaction yet")
    hands.record(task, RecordPayment(payment.id, intent))
