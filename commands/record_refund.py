"""Record what Stripe says about a refund now."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.work import Work
from domain import refunds
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
    """News of what we never sent changes nothing: the comparison with Stripe books it to suspense, for people."""
    payment = await work.get(Payment, command.payment_id)
    refund_id, seen, now = command.refund_id, command.seen, await work.now()
    refund = refunds.of(payment, refund_id)
    if seen.stripe_refund_id in refund.past_ids or refund.status in {"awaiting_approval", "rejected"}:
        return payment
    if refund.status in {"failed", "paid_otherwise", "overtaken"}:
        if seen.status in {"failed", "canceled"} and seen.stripe_refund_id == refund.stripe_refund_id:
            refunds.came_back(payment, refund_id, entry=seen.entry, returned=seen.returned, now=now)
        return payment
    refunds.submitted(payment, refund_id=refund_id, stripe_refund_id=seen.stripe_refund_id, now=now)
    if seen.status == "succeeded":
        refunds.succeeded(payment, refund_id=refund_id, now=now)
    if seen.entry is not None:
        refunds.settled_by(payment, refund_id, seen.entry, now=now)
    # What has left Stripe's balance must be seen to come back before the failure can be booked whole.
    left = payment.refunds[refund_id].settled
    if seen.status in {"failed", "canceled"} and left == (seen.returned is not None):
        code = seen.failure_code or seen.status
        refunds.failed(payment, refund_id=refund_id, code=code, returned=seen.returned, now=now)
    return payment
