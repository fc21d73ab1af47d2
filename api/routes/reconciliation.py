"""Our journal against what Stripe says moved its balance."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.paging import Cursor, Limit, bad_cursor, read, written
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from commands.reconcile import StartReconciliation
from domain.reconciliation import Reconciliation
from infrastructure.new_id import new_id
from queries.reconciliation import (
    BalanceRow,
    Counts,
    PairRow,
    RunRow,
    State,
    WaitingRow,
    balances,
    counts,
    latest_run,
    pairs,
    waiting,
)
from queries.rows import Connection

router = APIRouter(prefix="/finance", tags=["finance"])

WAITING_MAX: Final = 200

# Why a balance transaction stands on one side only. The first reason that is true is the one that is told.
_WHY: Final[dict[State, str]] = {
    "matched": "Both sides say the same.",
    "ours_only": "Stripe's list does not have it yet; the next run reads it.",
    "theirs_only": "No event of ours has booked it yet.",
    "different": "Both sides know it, and say different amounts or currencies.",
}
_SUSPENDED: Final = (
    "Nobody knew in time what it was: it stands on suspense until an event or two people of finance explain it."
)
_EXPLAINED: Final = "Two people of finance have said what it is."
# What is on clearing after an event of this kind waits for this.
_WAITS_FOR: Final[dict[str, str]] = {
    "payment.captured": "the balance transaction of the charge",
    "payment.refund_succeeded": "the balance transaction of the refund",
    "payment.refund_settled": "the word that the refund has succeeded",
    "payment.refund_failed": "the balance transaction that gives the refund back",
    "payout.transferred": "the balance transaction of the transfer",
    "stray_entry.suspended": "somebody who knows what Stripe moved",
}


class RunView(BaseModel):
    id: UUID
    status: Literal["running", "finished"]
    started_at: datetime
    finished_at: datetime | None = None
    matched: int | None = None
    ours_only: int | None = None
    theirs_only: int | None = None
    different: int | None = None


class CountsView(BaseModel):
    matched: int
    ours_only: int
    theirs_only: int
    different: int


class BalanceView(BaseModel):
    ours: MoneyView
    theirs: MoneyView


class PairView(BaseModel):
    """One balance transaction: `ours` and `theirs` are its net amounts, null on the side that does not have it."""

    reference: str
    state: State
    ours: MoneyView | None
    theirs: MoneyView | None
    kind: str | None
    source: str | None
    booking_id: UUID | None
    at: datetime
    age_seconds: float
    reason: str


class WaitingView(BaseModel):
    """What a payment, payout or dispute (`stream_id`) still has on an account that must return to 0."""

    account: str
    stream_id: UUID
    amount: MoneyView
    since: datetime
    booking_id: UUID | None
    reference: str | None
    waits_for: str


class ReconciliationView(BaseModel):
    """`items` is what does not agree, unless `state` asks for something else, oldest first."""

    run: RunView | None
    counts: CountsView
    balances: list[BalanceView]
    items: list[PairView]
    next_cursor: str | None
    clearing: list[WaitingView]
    position: int


@router.post(
    "/reconciliation",
    status_code=202,
    response_model=RunView,
    responses=errors(401, 403),
    summary="Compare with Stripe now",
)
async def start_reconciliation(desk: TheDesk) -> Response:
    return await desk.carry_out(StartReconciliation(new_id()), HTTPStatus.ACCEPTED, _started)


@router.get(
    "/reconciliation",
    response_model=ReconciliationView,
    responses=errors(401, 403, 503),
    summary="What agrees with Stripe's balance transactions, and what does not",
)
async def get_reconciliation(
    _: SignedIn,
    model: Annotated[Reading, reading("journal")],
    limit: Limit = 50,
    cursor: Cursor = None,
    state: State | None = None,
) -> Response:
    after = _after(cursor) if cursor else None

    async def question(connection: Connection) -> ReconciliationView:
        rows = await pairs(connection, state=state, after=after, limit=limit + 1)
        run = await latest_run(connection)
        return ReconciliationView(
            run=_run(run) if run else None,
            counts=_counts(await counts(connection)),
            balances=[_balance(row) for row in await balances(connection)],
            items=[_pair(row) for row in rows[:limit]],
            next_cursor=_next(rows[limit - 1]) if len(rows) > limit else None,
            clearing=[_waiting(row) for row in await waiting(connection, WAITING_MAX)],
            position=model.position,
        )

    return model.answer(await model.ask(question))


def _after(cursor: str) -> tuple[datetime, str]:
    at, reference = read(cursor, 2)
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise bad_cursor() from None
    if instant.tzinfo is None:
        raise bad_cursor()
    return instant, reference


def _next(row: PairRow) -> str:
    return written(row.at.isoformat(), row.reference)


def _started(run: Reconciliation) -> RunView:
    return RunView(id=run.id, status="finished" if run.finished else "running", started_at=run.created_on)


def _run(row: RunRow) -> RunView:
    return RunView(
        id=row.id,
        status="finished" if row.finished_at else "running",
        started_at=row.started_at,
        finished_at=row.finished_at,
        matched=row.matched,
        ours_only=row.ours_only,
        theirs_only=row.theirs_only,
        different=row.different,
    )


def _counts(row: Counts) -> CountsView:
    return CountsView(
        matched=row.matched, ours_only=row.ours_only, theirs_only=row.theirs_only, different=row.different
    )


def _balance(row: BalanceRow) -> BalanceView:
    return BalanceView(ours=money(row.ours_minor, row.currency), theirs=money(row.theirs_minor, row.currency))


def _pair(row: PairRow) -> PairView:
    return PairView(
        reference=row.reference,
        state=row.state,
        ours=None if row.ours_minor is None else money(row.ours_minor, row.currency),
        theirs=None if row.theirs_minor is None else money(row.theirs_minor, row.currency),
        kind=row.kind or row.topic,
        source=row.source,
        booking_id=row.booking_id,
        at=row.at,
        age_seconds=row.age_seconds,
        reason=_reason(row),
    )


def _reason(row: PairRow) -> str:
    if row.suspended and row.state == "theirs_only":
        return _SUSPENDED
    by_hand = row.topic is not None and row.topic.startswith("stray_entry.")
    return _EXPLAINED if by_hand and row.state == "matched" else _WHY[row.state]


def _waiting(row: WaitingRow) -> WaitingView:
    return WaitingView(
        account=row.account,
        stream_id=row.stream_id,
        amount=money(row.minor, row.currency),
        since=row.since,
        booking_id=row.booking_id,
        reference=row.reference,
        waits_for=_WAITS_FOR.get(row.topic, "Stripe's balance transaction"),
    )
