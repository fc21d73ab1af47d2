"""A payout, and the lines that it settles."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from domain.payout import Payout
from queries.payouts import PayoutLineRow, PayoutRow


class PayoutView(BaseModel):
    """`status`: drafted, transfer_submitted, transferred, bank_submitted, paid, failed, cancelled, or unresolved.

    `returned`: it came to nothing, and its money is available again for the next payout. `method`: stripe, or
    bank_transfer; then `payment_file_id` is the file that it stands in.
    """

    id: UUID
    vendor_id: UUID
    cadence: str
    period_end: date
    amount: MoneyView
    status: str
    on_hold: bool
    returned: bool
    method: str
    payment_file_id: UUID | None
    failure_code: str | None
    paid_at: datetime | None
    version: int
    created_at: datetime


class PayoutLineView(BaseModel):
    id: UUID
    booking_id: UUID | None
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
        on_hold=row.on_hold,
        returned=row.returned,
        method=row.method,
        payment_file_id=row.file_id,
        failure_code=row.failure_code,
        paid_at=row.paid_at,
        version=row.version,
        created_at=row.created_at,
    )


def payout_now(payout: Payout) -> PayoutView:
    """As it is after a command, before any read model knows it."""
    return PayoutView(
        id=payout.id,
        vendor_id=payout.vendor_id,
        cadence=payout.cadence,
        period_end=payout.period_end,
        amount=money(payout.amount_minor, payout.currency),
        status=payout.shown_status,
        on_hold=payout.on_hold,
        returned=payout.returned,
        method=payout.method,
        payment_file_id=payout.file_id,
        failure_code=payout.failure_code,
        paid_at=None,
        version=payout.version,
        created_at=payout.created_on,
    )


def payout_with_lines(row: PayoutRow, lines: list[PayoutLineRow]) -> PayoutWithLines:
    return PayoutWithLines(**dict(payout_view(row)), lines=[payout_line(line) for line in lines])


def payout_line(line: PayoutLineRow) -> PayoutLineView:
    return PayoutLineView(
        id=line.line_id,
        booking_id=line.booking_id,
        kind=line.kind,
        amount=money(line.amount_minor, line.currency),
        earned_at=line.earned_at,
    )
