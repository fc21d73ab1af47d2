"""Close a refund that was never made and never can be, because its charge was lost in a dispute."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain import refunds
from domain.dispute import Dispute
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class OvertakeRefund:
    """Stripe has been asked: it has no such refund, and makes none of this charge."""

    payment_id: UUID
    refund_id: UUID


async def overtake_refund(command: OvertakeRefund, work: Work) -> Payment:
    """Nothing changes unless a dispute that is lost has given back this much: an open one may still be won.

    One that was booked in another currency than the charge does not say how much of the charge it gave back.
    """
    payment, now = await work.get(Payment, command.payment_id), await work.now()
    for dispute_id in list(payment.contested):
        dispute = await work.get(Dispute, dispute_id)
        if dispute.status == "lost" and dispute.withdrawn_currency == payment.currency:
            given_back_minor = dispute.loss.platform_minor
            refunds.overtake_unsent(
                payment, command.refund_id, dispute_id=dispute_id, given_back_minor=given_back_minor, now=now
            )
    return payment
