"""Payout runs: how far they have got, what one would do, and who was carried forward."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from api.paging import Listed
from api.views.money import MoneyView, money
from domain.payout_run import PayoutRun
from queries.payout_preview import WaitingRow
from queries.payout_runs import CarriedRow, PayoutRunRow, StateRow


class RunView(BaseModel):
    """`total`, or `waiting`: the vendors and currencies with money for this period. `done` of them were looked at, and
    became `payouts` or were `carried` forward.
    """

    id: UUID
    cadence: str
    period_end: date
    cutoff: datetime
    status: str
    waiting: int
    payouts: int
    carried: int
    done: int
    total: int
    started_at: datetime
    finished_at: datetime | None = None


class StateView(BaseModel):
    status: str
    payouts: int
    amount: MoneyView


class RunWithStates(RunView):
    states: list[StateView]


class CarriedView(BaseModel):
    vendor_id: UUID
    payable: MoneyView
    minimum: MoneyView
    reason: str


class PreviewLine(BaseModel):
    """`outcome` "paid", or "carried" for a `reason`; `netted` is what the vendor owes and what was taken off for it."""

    vendor_id: UUID
    payable: MoneyView
    minimum: MoneyView
    netted: MoneyView
    lines: int
    outcome: Literal["paid", "carried"]
    reason: str | None


class Preview(Listed[PreviewLine]):
    cadence: str
    period_end: date
    cutoff: datetime
    run_id: UUID
    started: bool


def run_started(run: PayoutRun) -> RunView:
    return RunView(
        id=run.id,
        cadence=run.cadence,
        period_end=run.period_end,
        cutoff=run.cutoff,
        status="finished" if run.finished else "running",
        waiting=run.waiting,
        payouts=run.payouts,
        carried=run.carried,
        done=run.payouts + run.carried,
        total=max(run.waiting, run.payouts + run.carried),
        started_at=run.created_on,
    )


def run_view(row: PayoutRunRow) -> RunView:
    return RunView(
        id=row.id,
        cadence=row.cadence,
        period_end=row.period_end,
        cutoff=row.cutoff,
        status=row.status,
        waiting=row.waiting,
        payouts=row.payouts,
        carried=row.carried,
        done=row.payouts + row.carried,
        total=max(row.waiting, row.payouts + row.carried),
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def run_with_states(row: PayoutRunRow, states: Sequence[StateRow]) -> RunWithStates:
    shown = [StateView(status=s.status, payouts=s.payouts, amount=money(s.amount_minor, s.currency)) for s in states]
    return RunWithStates(**dict(run_view(row)), states=shown)


def preview_line(row: WaitingRow) -> PreviewLine:
    return PreviewLine(
        vendor_id=row.vendor_id,
        payable=money(row.payable_minor, row.currency),
        minimum=money(row.minimum_minor, row.currency),
        netted=money(-row.owed_minor, row.currency),
        lines=row.lines,
        outcome=row.outcome,
        reason=row.why_not,
    )


def carried_view(row: CarriedRow) -> CarriedView:
    return CarriedView(
        vendor_id=row.vendor_id,
        payable=money(row.payable_minor, row.currency),
        minimum=money(row.minimum_minor, row.currency),
        reason=row.reason,
    )
