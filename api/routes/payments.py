"""Payments: begun for a held booking, and watched until they have ended."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import Caller, SignedIn
from api.fields import Body, Text
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.payment import PaymentView, payment_of_aggregate, payment_of_row
from commands.start_payment import StartPayment
from infrastructure.new_id import new_id
from queries.payments import PaymentAction, PaymentRow, payment, payment_actions, payments
from queries.rows import Connection

router = APIRouter(tags=["payments"])

Payments = Annotated[Reading, reading("payments")]


class NewPayment(Body):
    payment_method: Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9_]{3,100}$")]


@router.post(
    "/bookings/{booking_id}/payments",
    status_code=202,
    response_model=PaymentView,
    responses=errors(401, 403, 404, 409),
    summary="Pay a held booking",
)
async def start_payment(desk: TheDesk, booking_id: UUID, body: NewPayment) -> Response:
    command = StartPayment(new_id(), booking_id, body.payment_method)
    return await desk.carry_out(command, HTTPStatus.ACCEPTED, payment_of_aggregate)


@router.get(
    "/payments", response_model=Listed[PaymentView], responses=errors(401, 503), summary="Payments, newest first"
)
async def list_payments(caller: SignedIn, read: Payments, page: ThePage, booking_id: UUID | None = None) -> Response:
    async def question(connection: Connection) -> tuple[list[PaymentRow], dict[UUID, PaymentAction]]:
        rows = await payments(connection, caller.actor, page, booking_id)
        return rows, await _actions(connection, caller, rows)

    rows, actions = await read.ask(question)
    return read.answer(listed(rows, page, lambda row: payment_of_row(row, actions.get(row.id))))


@router.get(
    "/payments/{payment_id}", response_model=PaymentView, responses=errors(401, 404, 503), summary="One payment"
)
async def get_payment(caller: SignedIn, read: Payments, payment_id: UUID) -> Response:
    async def question(connection: Connection) -> tuple[PaymentRow, dict[UUID, PaymentAction]] | None:
        row = await payment(connection, payment_id, caller.actor)
        return (row, await _actions(connection, caller, [row])) if row else None

    row, actions = await read.find(question)
    return read.answer(payment_of_row(row, actions.get(row.id)), version=row.version)


async def _actions(connection: Connection, caller: Caller, rows: list[PaymentRow]) -> dict[UUID, PaymentAction]:
    """What is left to do, for the traveller whose payment it is and nobody else."""
    waiting = [row.id for row in rows if row.status == "action_required" and row.traveller_id == caller.account_id]
    return await payment_actions(connection, waiting) if waiting else {}
