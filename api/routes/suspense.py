"""What stands on suspense, and what people of finance say it is: one proposes, another decides."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.fields import Body, Reference
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from commands.explain_entry import ApproveExplanation, ProposeExplanation, RejectExplanation
from domain.stray_entry import Status, StrayEntry
from domain.stray_entry_events import ExplainedAs, Explanation, WhyExplained
from queries.stray_entries import StrayEntryRow, stray_entries, stray_entry

router = APIRouter(prefix="/finance/reconciliation/suspense", tags=["finance"])

Entries = Annotated[Reading, reading("reconciliations")]


class NewExplanation(Body):
    """Which account the money belongs to, why, and where that can be read; of which booking, if it is about one."""

    account: ExplainedAs
    reason: WhyExplained
    document: Reference
    booking_id: UUID | None = None


class ExplanationView(BaseModel):
    account: str
    booking_id: UUID | None
    reason: str
    document: str
    proposed_by: UUID
    decided_by: UUID | None


class StrayEntryView(BaseModel):
    """`amount` is what Stripe's balance moved by; `explanation` the last one that was proposed, if any was."""

    id: UUID
    reference: str
    amount: MoneyView
    kind: str
    source: str | None
    status: Status
    explanation: ExplanationView | None
    suspended_at: datetime
    version: int


@router.get(
    "", response_model=Listed[StrayEntryView], responses=errors(401, 403, 503), summary="What nobody knew, newest first"
)
async def list_stray_entries(_: SignedIn, read: Entries, page: ThePage, status: Status | None = None) -> Response:
    rows = await read.ask(lambda c: stray_entries(c, page, status=status))
    return read.answer(listed(rows, page, _row))


@router.get(
    "/{entry_id}",
    response_model=StrayEntryView,
    responses=errors(401, 403, 404, 503),
    summary="One balance transaction that nobody knew",
)
async def get_stray_entry(_: SignedIn, read: Entries, entry_id: UUID) -> Response:
    row = await read.find(lambda c: stray_entry(c, entry_id))
    return read.answer(_row(row), version=row.version)


@router.post(
    "/{entry_id}/explanation",
    response_model=StrayEntryView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Say what it is",
)
async def propose_explanation(desk: TheDesk, entry_id: UUID, version: IfVersion, body: NewExplanation) -> Response:
    explanation = Explanation(body.account, body.booking_id, body.reason, body.document)
    return await desk.carry_out(ProposeExplanation(entry_id, explanation, version), HTTPStatus.OK, _now)


@router.post(
    "/{entry_id}/approve",
    response_model=StrayEntryView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Agree to somebody else's explanation",
)
async def approve_explanation(desk: TheDesk, entry_id: UUID, version: IfVersion) -> Response:
    return await desk.carry_out(ApproveExplanation(entry_id, version), HTTPStatus.OK, _now)


@router.post(
    "/{entry_id}/reject",
    response_model=StrayEntryView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Decide against an explanation",
)
async def reject_explanation(desk: TheDesk, entry_id: UUID, version: IfVersion) -> Response:
    return await desk.carry_out(RejectExplanation(entry_id, version), HTTPStatus.OK, _now)


def _now(stray: StrayEntry) -> StrayEntryView:
    entry, said, proposed_by = stray.entry, stray.explanation, stray.proposed_by
    shown = None
    if said is not None and proposed_by is not None:
        shown = ExplanationView(
            account=said.account,
            booking_id=said.booking_id,
            reason=said.reason,
            document=said.document,
            proposed_by=proposed_by,
            decided_by=stray.decided_by,
        )
    return StrayEntryView(
        id=stray.id,
        reference=entry.balance_transaction_id,
        amount=money(entry.gross_minor - entry.fee_minor, entry.currency),
        kind=stray.kind,
        source=stray.source,
        status=stray.status,
        explanation=shown,
        suspended_at=stray.created_on,
        version=stray.version,
    )


def _row(row: StrayEntryRow) -> StrayEntryView:
    shown = None
    if row.account and row.reason and row.document and row.proposed_by:
        shown = ExplanationView(
            account=row.account,
            booking_id=row.booking_id,
            reason=row.reason,
            document=row.document,
            proposed_by=row.proposed_by,
            decided_by=row.decided_by,
        )
    return StrayEntryView.model_validate(
        {
            "id": row.id,
            "reference": row.balance_transaction_id,
            "amount": money(row.amount_minor, row.currency),
            "kind": row.kind,
            "source": row.source,
            "status": row.status,
            "explanation": shown,
            "suspended_at": row.created_at,
            "version": row.version,
        }
    )
