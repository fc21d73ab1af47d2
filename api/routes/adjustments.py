"""Adjustments: one person of finance proposes, another decides."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.fields import Body, Instant, Price, Reference
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from commands.adjust import ApproveAdjustment, ProposeAdjustment, RejectAdjustment
from domain.adjustment import Adjustment
from domain.money import Money
from queries.adjustments import AdjustmentRow, adjustment, adjustments

router = APIRouter(prefix="/finance/adjustments", tags=["finance"])

Adjustments = Annotated[Reading, reading("adjustments")]
Reason = Literal["correction", "compensation", "penalty", "write_off"]


class NewAdjustment(Body):
    """`credit` is in the vendor's favour. `effective_at` may lie in the past, never in the future."""

    vendor_id: UUID
    amount: Price
    direction: Literal["credit", "debit"]
    reason: Reason
    document: Reference
    effective_at: Instant | None = None


class AdjustmentView(BaseModel):
    id: UUID
    vendor_id: UUID
    amount: MoneyView
    direction: str
    reason: str
    document: str
    effective_at: datetime | None
    status: str
    proposed_by: UUID
    decided_by: UUID | None
    version: int
    created_at: datetime


@router.post(
    "", status_code=201, response_model=AdjustmentView, responses=errors(401, 403, 404), summary="Propose an adjustment"
)
async def propose_adjustment(desk: TheDesk, body: NewAdjustment) -> Response:
    minor = body.amount.amount if body.direction == "credit" else -body.amount.amount
    amount = Money(minor, body.amount.currency)
    command = ProposeAdjustment(uuid4(), body.vendor_id, amount, body.reason, body.document, body.effective_at)
    return await desk.carry_out(command, HTTPStatus.CREATED, _now)


@router.post(
    "/{adjustment_id}/approve",
    response_model=AdjustmentView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Agree to somebody else's adjustment",
)
async def approve_adjustment(desk: TheDesk, adjustment_id: UUID, version: IfVersion) -> Response:
    return await desk.carry_out(ApproveAdjustment(adjustment_id, version), HTTPStatus.OK, _now)


@router.post(
    "/{adjustment_id}/reject",
    response_model=AdjustmentView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Decide against an adjustment",
)
async def reject_adjustment(desk: TheDesk, adjustment_id: UUID, version: IfVersion) -> Response:
    return await desk.carry_out(RejectAdjustment(adjustment_id, version), HTTPStatus.OK, _now)


@router.get("", response_model=Listed[AdjustmentView], responses=errors(401, 403, 503), summary="Newest first")
async def list_adjustments(
    _: SignedIn,
    read: Adjustments,
    page: ThePage,
    vendor_id: UUID | None = None,
    status: Literal["proposed", "approved", "rejected"] | None = None,
) -> Response:
    rows = await read.ask(lambda c: adjustments(c, page, vendor_id=vendor_id, status=status))
    return read.answer(listed(rows, page, _row))


@router.get(
    "/{adjustment_id}", response_model=AdjustmentView, responses=errors(401, 403, 404, 503), summary="One adjustment"
)
async def get_adjustment(_: SignedIn, read: Adjustments, adjustment_id: UUID) -> Response:
    row = await read.find(lambda c: adjustment(c, adjustment_id))
    return read.answer(_row(row), version=row.version)


def _now(made: Adjustment) -> AdjustmentView:
    return _view(made, made.created_on)


def _row(row: AdjustmentRow) -> AdjustmentView:
    return _view(row, row.created_at)


def _view(shown: Adjustment | AdjustmentRow, created_at: datetime) -> AdjustmentView:
    return AdjustmentView(
        id=shown.id,
        vendor_id=shown.vendor_id,
        amount=money(abs(shown.amount_minor), shown.currency),
        direction="credit" if shown.amount_minor > 0 else "debit",
        reason=shown.reason,
        document=shown.document,
        effective_at=shown.effective_at,
        status=shown.status,
        proposed_by=shown.proposed_by,
        decided_by=shown.decided_by,
        version=shown.version,
        created_at=created_at,
    )
