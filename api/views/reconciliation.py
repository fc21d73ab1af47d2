"""What does not agree with Stripe, and why, as it is shown."""

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from queries.reconciliation import Counts, PairRow, State, WaitingRow

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


class CountsView(BaseModel):
    matched: int
    ours_only: int
    theirs_only: int
    different: int


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


def counts_view(row: Counts) -> CountsView:
    return CountsView(
        matched=row.matched, ours_only=row.ours_only, theirs_only=row.theirs_only, different=row.different
    )


def pair_view(row: PairRow) -> PairView:
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


def waiting_view(row: WaitingRow) -> WaitingView:
    return WaitingView(
        account=row.account,
        stream_id=row.stream_id,
        amount=money(row.minor, row.currency),
        since=row.since,
        booking_id=row.booking_id,
        reference=row.reference,
        waits_for=_WAITS_FOR.get(row.topic, "Stripe's balance transaction"),
    )
