"""Sending money back to a card."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from commands.overtake_refund import OvertakeRefund
from commands.record_no_answer import RecordNoAnswerToRefund
from commands.record_refund import RecordRefund, RefundSeen
from domain.dispute import Dispute
from domain.payment import Payment
from workers.actors.argument import uuid_of
from workers.actors.dispute import AGAIN_S, waiting_for_the_bank
from workers.board import Leased
from workers.hands import KEY_GOOD_FOR, Hands, NotYet, TooOld

# By then whatever was sent while its key was good has long been made or refused.
NONE_UNDER_WAY: Final = KEY_GOOD_FOR + timedelta(hours=1)


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
        try:
            seen = _sent(task, hands, payment, refund_id)
        except (NotYet, TooOld) as not_sent:
            if _is_overtaken(task, hands, payment, refund_id, not_sent):
                return
            raise
    failed = seen.status in {"failed", "canceled"} and (seen.returned is None) == (seen.entry is None)
    over = failed or (seen.status == "succeeded" and seen.entry is not None)
    hands.record(task, RecordRefund(payment.id, refund_id, seen), closes=over)
    if not over:
        raise NotYet(None, f"Stripe says {seen.status}")


def _sent(task: Leased, hands: Hands, payment: Payment, refund_id: UUID) -> RefundSeen:
    """Raises NotYet if Stripe makes none because of a dispute, TooOld if it has none and must not be asked again."""
    return hands.sent(
        task,
        lambda: hands.sent_once(
            task,
            lambda: hands.stripe.refunds.find(payment, refund_id),
            lambda key: waiting_for_the_bank(lambda: hands.stripe.refunds.create(payment, refund_id, key=key)),
        ),
        no_answer=RecordNoAnswerToRefund(payment.id, refund_id),
    )


def _is_overtaken(task: Leased, hands: Hands, payment: Payment, refund_id: UUID, not_sent: Exception) -> bool:
    """Whether it is known that Stripe never made it, and a dispute that is lost has given the money back instead.

    It is known when Stripe refuses what was sent under the same key, and when it has nothing long after the last time
    that anything can have been sent. While the bank decides, a refund that is too old to be sent is looked up still.
    """
    disputes = [hands.load(Dispute, dispute_id) for dispute_id in payment.contested]
    too_old = isinstance(not_sent, TooOld)
    under_way = too_old and hands.database_now() - task.created_at < NONE_UNDER_WAY
    if not under_way and any(dispute.status == "lost" for dispute in disputes):
        after: Payment = hands.record(task, OvertakeRefund(payment.id, refund_id), closes=False).result
        if after.refunds[refund_id].status == "overtaken":
            return True
    if too_old and disputes and (under_way or any(dispute.is_open for dispute in disputes)):
        raise NotYet(AGAIN_S, "the charge is disputed, and Stripe has no such refund") from not_sent
    return False
