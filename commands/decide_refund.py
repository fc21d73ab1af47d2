"""What else an operator decides about a refund: not to make it, to send it again, or that it was paid another way."""

from dataclasses import dataclass
from uuid import UUID

from commands.refund_payment import RefundMade, operator
from commands.work import Work
from domain import refunds
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class RejectRefund:
    payment_id: UUID
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class RetryRefund:
    payment_id: UUID
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class PayRefundOtherwise:
    """`reference` says where to find the payment, such as a bank's own number; never personal data."""

    payment_id: UUID
    refund_id: UUID
    reference: str


async def reject_refund(command: RejectRefund, work: Work) -> RefundMade:
    by, payment = operator(work), await work.get(Payment, command.payment_id)
    refunds.reject(payment, refund_id=command.refund_id, by=by, now=await work.now())
    return RefundMade(payment, command.refund_id)


async def retry_refund(command: RetryRefund, work: Work) -> RefundMade:
    operator(work)
    payment = await work.get(Payment, command.payment_id)
    refunds.retry(payment, refund_id=command.refund_id, now=await work.now())
    return RefundMade(payment, command.refund_id)


async def pay_refund_otherwise(command: PayRefundOtherwise, work: Work) -> RefundMade:
    operator(work)
    payment = await work.get(Payment, command.payment_id)
    refunds.paid_otherwise(payment, refund_id=command.refund_id, reference=command.reference, now=await work.now())
    return RefundMade(payment, command.refund_id)
