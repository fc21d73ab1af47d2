"""A payment; what is needed to finish 3-D Secure is shown to its owner only, and only while it is needed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from domain.payment import Payment
from queries.payments import PaymentAction, PaymentRow


class PaymentView(BaseModel):
    id: UUID
    booking_id: UUID
    status: str
    amount: MoneyView
    refunded: MoneyView
    capture_before: datetime | None = None
    failure_code: str | None = None
    decline_code: str | None = None
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None
    version: int
    created_at: datetime


def payment_of_row(row: PaymentRow, action: PaymentAction | None) -> PaymentView:
    return PaymentView(
        id=row.id,
        booking_id=row.booking_id,
        status=row.status,
        amount=money(row.amount_minor, row.currency),
        refunded=money(row.refunded_minor, row.currency),
        capture_before=row.capture_before if row.status == "authorised" else None,
        failure_code=row.failure_code,
        decline_code=row.decline_code,
        client_secret=action.client_secret if action else None,
        next_action=action.next_action if action else None,
        version=row.version,
        created_at=row.created_at,
    )


def payment_of_aggregate(payment: Payment) -> PaymentView:
    return PaymentView(
        id=payment.id,
        booking_id=payment.booking_id,
        status=payment.shown_status,
        amount=money(payment.amount_minor, payment.currency),
        refunded=money(payment.refunded_minor, payment.currency),
        version=payment.version,
        created_at=payment.created_on,
    )
