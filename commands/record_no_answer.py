"""Record that Stripe was asked for something and gave no answer that says what became of it.

Such a payment or refund is unresolved, never failed: what a look at Stripe finds resolves it (domain.md, "Payment").
"""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain import refunds
from domain.payment import Payment, Step


@dataclass(frozen=True, slots=True)
class RecordNoAnswer:
    """To one step of the payment itself."""

    payment_id: UUID
    step: Step


@dataclass(frozen=True, slots=True)
class RecordNoAnswerToRefund:
    payment_id: UUID
    refund_id: UUID


async def record_no_answer(command: RecordNoAnswer, work: Work) -> Payment:
    payment = await work.get(Payment, command.payment_id)
    payment.unresolved(step=command.step, now=await work.now())
    return payment


async def record_no_answer_to_refund(command: RecordNoAnswerToRefund, work: Work) -> Payment:
    payment = await work.get(Payment, command.payment_id)
    refunds.unresolved(payment, refund_id=command.refund_id, now=await work.now())
    return payment
