"""Sending money back to a card."""

from commands.record_no_answer import RecordNoAnswerToRefund
from commands.record_refund import RecordRefund
from domain.payment import Payment
from workers.actors.argument import uuid_of
from workers.actors.dispute import waiting_for_the_bank
from workers.board import Leased
from workers.hands import Hands, NotYet


def refund(task: Leased, hands: Hands) -> None:
    """Send money back and stay with it until it is on its way, or owed again."""
    payment = hands.load(Payment, uuid_of(task, "payment_id"))
    refund_id = uuid_of(task, "refund_id")
    if payment.refunds[refund_id].status == "overtaken":
        return
    stripe_refund_id = payment.refunds[refund_id].stripe_refund_id
    if stripe_refund_id is not None:
        _, seen = hands.stripe.refunds.fetch(stripe_refund_id)
    else:
        seen = hands.sent(
            task,
            lambda: hands.sent_once(
                task,
                lambda: hands.stripe.refunds.find(payment, refund_id),
                lambda key: waiting_for_the_bank(lambda: hands.stripe.refunds.create(payment, refund_id, key=key)),
            ),
            no_answer=RecordNoAnswerToRefund(payment.id, refund_id),
        )
    failed = seen.status in {"failed", "canceled"} and (seen.returned is None) == (seen.entry is None)
    over = failed or (seen.status == "succeeded" and seen.entry is not None)
    hands.record(task, RecordRefund(payment.id, refund_id, seen), closes=over)
    if not over:
        raise NotYet(None, f"Stripe says {seen.status}")
