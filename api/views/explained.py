"""A payout explained, in figures that can be followed and in sentences that can be read."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from api.views.payout import PayoutView
from queries.payout_explained import ExplainedLine, LeftOutLine, StepRow


class ExplainedLineView(BaseModel):
    """`position` finds the event under /audit/events and its entry under /finance/journal."""

    id: UUID
    booking_id: UUID | None
    kind: str
    amount: MoneyView
    price: MoneyView | None
    commission_bp: int | None
    clause: str | None
    position: int | None
    topic: str | None
    payment_id: UUID | None
    charge_id: str | None
    says: str


class StepView(BaseModel):
    position: int
    at: datetime
    topic: str
    transfer_id: str | None
    stripe_payout_id: str | None
    reversal_id: str | None
    balance_transaction_id: str | None
    payment_file_id: UUID | None
    reason: str | None


class LeftOutView(BaseModel):
    id: UUID
    booking_id: UUID | None
    kind: str
    amount: MoneyView
    reason: str
    expected_at: datetime


class Explained(BaseModel):
    """`lines` add up to the amount of the payout; `not_in_it` says what is still to come, and when."""

    payout: PayoutView
    says: str
    steps: list[StepView]
    lines: list[ExplainedLineView]
    next_cursor: str | None
    not_in_it: list[LeftOutView]


def explained_line(line: ExplainedLine) -> ExplainedLineView:
    return ExplainedLineView(
        id=line.line_id,
        booking_id=line.booking_id,
        kind=line.kind,
        amount=money(line.amount_minor, line.currency),
        price=None if line.price_minor is None else money(line.price_minor, line.currency),
        commission_bp=line.commission_bp,
        clause=line.clause,
        position=line.position,
        topic=line.topic,
        payment_id=line.payment_id,
        charge_id=line.charge_id,
        says=line.says,
    )


def explained_step(step: StepRow) -> StepView:
    return StepView(
        position=step.position,
        at=step.at,
        topic=step.topic,
        transfer_id=step.transfer_id,
        stripe_payout_id=step.stripe_payout_id,
        reversal_id=step.reversal_id,
        balance_transaction_id=step.balance_transaction_id,
        payment_file_id=step.file_id,
        reason=step.reason,
    )


def left_out_line(line: LeftOutLine, expected_at: datetime) -> LeftOutView:
    return LeftOutView(
        id=line.line_id,
        booking_id=line.booking_id,
        kind=line.kind,
        amount=money(line.amount_minor, line.currency),
        reason=line.reason,
        expected_at=expected_at,
    )
