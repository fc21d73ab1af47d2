"""Record what Stripe says about a refund now."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.work import Work
from domain.payment import BalanceEntry, Payment


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund as Stripe shows it. `returned` is the balance transaction that gave the money back, if it failed."""

    stripe_refund_id: str
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
    entry: BalanceEntry | None = None
    failure_code: str | None = None
    returned: BalanceEntry | None = None


@dataclass(frozen=True, slots=True)
class RecordRefund:
    payment_id: UUID
    refund_id: UUID
    seen: RefundSeen


async def record_refund(command: RecordRefund, work: Work) -> Payment:
    payment = await work.get(Payment, command.payment_id)
    refund_id, seen, now = command.refund_id, command.seen, await work.now()
    payment.refund_submitted(refund_id=refund_id, stripe_refund_id=seen.stripe_refund_id, now=now)
    if seen.status == "succeeded":
        payment.refund_succeeded(refund_id=refund_id, now=now)
    if seen.entry is not None:
        payment.refund_settled_by(refund_id, seen.entry, now=now)
    # What has left Stripe's balance must be seen to come back before the failure can be booked whole.
    left = payment.refunds[refund_id].settled
    if seen.status in {"failed", "canceled"} and (seen.returned is not None or not left):
        payment.refund_failed(
            refund_id=refund_id, code=seen.failure_code or seen.status, returned=seen.returned, now=now
        )
    return payment
