"""A departure that the platform cancels, as staff see it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.views.money import MoneyView, money
from domain.departure_cancellation import DepartureCancellation
from queries.departure_cancellations import Affected, RunRow


class AffectedView(BaseModel):
    """What cancelling would mean now."""

    starts_from: datetime
    starts_before: datetime
    cells: int = Field(description="Departures or nights that would be closed.")
    bookings: int = Field(description="Paid; all of the money goes back.")
    unpaid: int = Field(description="Holds and requests.")
    refunds: list[MoneyView]


class DepartureCancellationView(BaseModel):
    id: UUID
    listing_id: UUID
    starts_from: datetime
    starts_before: datetime
    reason: str
    started_by: UUID
    status: Literal["running", "finished"]
    total: int
    done: int
    left: int = Field(description="Could not be cancelled: their money is disputed.")
    refunds: list[MoneyView]
    created_at: datetime
    finished_at: datetime | None


def affected_view(found: Affected, currency: str, starts_from: datetime, starts_before: datetime) -> AffectedView:
    return AffectedView(
        starts_from=starts_from,
        starts_before=starts_before,
        cells=found.cells,
        bookings=found.bookings,
        unpaid=found.unpaid,
        refunds=_refunds(found.refund_minor, currency),
    )


def started_view(run: DepartureCancellation) -> DepartureCancellationView:
    """It has just begun, and nothing is done."""
    return DepartureCancellationView(
        id=run.id,
        listing_id=run.listing_id,
        starts_from=run.starts_from,
        starts_before=run.starts_before,
        reason=run.reason,
        started_by=run.started_by,
        status=run.status,
        total=run.expected,
        done=0,
        left=0,
        refunds=[],
        created_at=run.created_on,
        finished_at=None,
    )


def run_view(row: RunRow) -> DepartureCancellationView:
    finished = row.status == "finished"
    return DepartureCancellationView(
        id=row.id,
        listing_id=row.listing_id,
        starts_from=row.starts_from,
        starts_before=row.starts_before,
        reason=row.reason,
        started_by=row.started_by,
        status="finished" if finished else "running",
        total=row.done + row.remaining if finished else max(row.expected, row.done),
        done=row.done,
        left=row.remaining,
        refunds=_refunds(row.refund_minor, row.currency),
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _refunds(minor: int, currency: str) -> list[MoneyView]:
    """By currency; a listing has one."""
    return [money(minor, currency)] if minor else []
