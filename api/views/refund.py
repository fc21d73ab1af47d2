"""A refund, as it stands now."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from commands.refund_payment import RefundMade
from queries.refunds import RefundRow


class RefundView(BaseModel):
    id: UUID
    payment_id: UUID
    booking_id: UUID
    status: str
    amount: MoneyView
    reason: str
    at_fault: str
    failure_code: str | None = None
    created_at: datetime | None = None


def refund_of_row(row: RefundRow) -> RefundView:
    return RefundView(
        id=row.id,
        payment_id=row.payment_id,
        booking_id=row.booking_id,
        status=row.status,
        amount=money(row.amount_minor, row.currency),
        reason=row.reason,
        at_fault=row.at_fault,
        failure_code=row.failure_code,
        created_at=row.created_at,
    )


def refund_of_aggregate(made: RefundMade) -> RefundView:
    refund = made.refund
    return RefundView(
        id=made.refund_id,
        payment_id=made.payment.id,
        booking_id=made.payment.booking_id,
        status=refund.shown_status,
        amount=money(refund.amount_minor, made.payment.currency),
        reason=refund.reason,
        at_fault=refund.at_fault,
    )
