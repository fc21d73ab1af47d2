"""A payout, and the lines that it settles."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from queries.payouts import PayoutLineRow, PayoutRow


class PayoutView(BaseModel):
    id: UUID
    vendor_id: UUID
    cadence: str
    period_end: date
    amount: MoneyView
    status: str
    failure_code: str | None
    version: int
    created_at: datetime


class PayoutLineView(BaseModel):
    id: UUID
    booking_id: UUID
    kind: str
    amount: MoneyView
    earned_at: datetime


class PayoutWithLines(PayoutView):
    lines: list[PayoutLineView]


def payout_view(row: PayoutRow) -> PayoutView:
    return PayoutView(
        id=row.id,
        vendor_id=row.vendor_id,
        cadence=row.cadence,
        period_end=row.period_end,
        amount=money(row.amount_minor, row.currency),
        status=row.status,
        failure_code=row.failure_code,
        version=row.version,
        created_at=row.created_at,
    )


def payout_with_lines(row: PayoutRow, lines: list[PayoutLineRow]) -> PayoutWithLines:
    return PayoutWithLines(**dict(payout_view(row)), lines=[_line(line) for line in lines])


def _line(row: PayoutLineRow) -> PayoutLineView:
    return PayoutLineView(
        id=row.line_id,
        booking_id=row.booking_id,
        kind=row.kind,
        amount=money(row.amount_minor, row.currency),
        earned_at=row.earned_at,
    )
