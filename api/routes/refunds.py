"""Refunds: decided by operators, agreed to by a second one above a limit, and owed until they have arrived."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.responses import Response

from api.answers import Desk, TheDesk
from api.caller import SignedIn
from api.fields import Body, Price, ShortText, Text
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.refund import RefundView, refund_of_aggregate, refund_of_row
from commands.decide_refund import PayRefundOtherwise, RejectRefund, RetryRefund
from commands.refund_payment import ApproveRefund, RefundPayment
from infrastructure.new_id import new_id
from queries.refunds import refund, refunds

router = APIRouter(tags=["refunds"])

Payments = Annotated[Reading, reading("payments")]
Status = Literal[
    "awaiting_approval",
    "rejected",
    "requested",
    "submitted",
    "unresolved",
    "succeeded",
    "failed",
    "paid_otherwise",
    "overtaken",
]
_DECIDED = errors(401, 403, 404, 409)


class NewRefund(Body):
    amount: Price | None = None
    reason: ShortText
    at_fault: Literal["vendor", "platform", "goodwill"]


class PaidOtherwise(Body):
    reference: Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9 ./:_-]{3,100}$")]


@router.post(
    "/payments/{payment_id}/refunds",
    status_code=202,
    response_model=RefundView,
    responses=_DECIDED,
    summary="Give money back; above the limit it waits for another person",
)
async def refund_payment(desk: TheDesk, payment_id: UUID, body: NewRefund) -> Response:
    amount = body.amount.as_money() if body.amount else None
    command = RefundPayment(new_id(), payment_id, amount, body.reason, body.at_fault)
    return await desk.carry_out(command, HTTPStatus.ACCEPTED, refund_of_aggregate, versioned=False)


@router.get("/refunds", response_model=Listed[RefundView], responses=errors(401, 503), summary="Refunds, newest first")
async def list_refunds(
    caller: SignedIn, read: Payments, page: ThePage, payment_id: UUID | None = None, status: Status | None = None
) -> Response:
    rows = await read.ask(lambda c: refunds(c, caller.actor, page, payment_id, status))
    return read.answer(listed(rows, page, refund_of_row))


@router.get("/refunds/{refund_id}", response_model=RefundView, responses=errors(401, 404, 503), summary="One refund")
async def get_refund(caller: SignedIn, read: Payments, refund_id: UUID) -> Response:
    return read.answer(refund_of_row(await read.find(lambda c: refund(c, refund_id, caller.actor))))


@router.post(
    "/refunds/{refund_id}/approve",
    status_code=202,
    response_model=RefundView,
    responses=_DECIDED,
    summary="Agree to a refund above the limit, as another person than the one who asked",
)
async def approve_refund(desk: TheDesk, read: Payments, refund_id: UUID) -> Response:
    return await _decided(desk, read, refund_id, lambda payment_id: ApproveRefund(payment_id, refund_id))


@router.post(
    "/refunds/{refund_id}/reject",
    response_model=RefundView,
    responses=_DECIDED,
    summary="Decide against a refund that waits for another person",
)
async def reject_refund(desk: TheDesk, read: Payments, refund_id: UUID) -> Response:
    rejected = HTTPStatus.OK
    return await _decided(desk, read, refund_id, lambda payment_id: RejectRefund(payment_id, refund_id), rejected)


@router.post(
    "/refunds/{refund_id}/retry",
    status_code=202,
    response_model=RefundView,
    responses=_DECIDED,
    summary="Send a refund that has come back once more",
)
async def retry_refund(desk: TheDesk, read: Payments, refund_id: UUID) -> Response:
    return await _decided(desk, read, refund_id, lambda payment_id: RetryRefund(payment_id, refund_id))


@router.post(
    "/refunds/{refund_id}/paid-otherwise",
    response_model=RefundView,
    responses=_DECIDED,
    summary="Say that a refund that has come back was paid another way",
)
async def pay_refund_otherwise(desk: TheDesk, read: Payments, refund_id: UUID, body: PaidOtherwise) -> Response:
    def command(payment_id: UUID) -> PayRefundOtherwise:
        return PayRefundOtherwise(payment_id, refund_id, body.reference)

    return await _decided(desk, read, refund_id, command, HTTPStatus.OK)


async def _decided(
    desk: Desk,
    read: Reading,
    refund_id: UUID,
    command: Callable[[UUID], Any],
    status: HTTPStatus = HTTPStatus.ACCEPTED,
) -> Response:
    """A refund is known by its own id, and kept with its payment."""
    row = await read.find(lambda c: refund(c, refund_id, desk.actor))
    return await desk.carry_out(command(row.payment_id), status, refund_of_aggregate, versioned=False)
