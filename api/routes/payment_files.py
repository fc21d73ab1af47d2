"""Payment files for our bank, and what became of the payouts in them."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Header
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Day, Text
from api.paging import Listed, ThePage, listed
from api.payment_files import XML_FILE, asks_for_xml, xml_file
from api.problems import errors
from api.reading import Reading, reading
from api.views.money import MoneyView, money
from api.views.payout import PayoutView, payout_now
from commands.payment_file import (
    ConfirmBankPayment,
    ConfirmedFile,
    ConfirmPaymentFile,
    CreatePaymentFile,
    RecordBankReturn,
)
from domain.payment_file import PAYOUTS_MAX, NoPayingAccount, PaymentFile
from infrastructure.sepa import message_id
from queries.payment_files import PaymentFileRow, payment_file, payment_files, waiting_for_file

router = APIRouter(prefix="/finance", tags=["finance"])

Payouts = Annotated[Reading, reading("payouts")]
ReturnCode = Annotated[
    Text,
    StringConstraints(pattern=r"^[A-Z0-9]{4}$"),
    Field(description="ISO 20022 reason code, as the bank gave it.", examples=["AC04"]),
]
_ERRORS = errors(401, 403, 404, 409, 412)


class NewPaymentFile(Body):
    """Payouts of periods that ended on `up_to` or before; without it, all that wait."""

    currency: Literal["EUR"] = "EUR"
    up_to: Day | None = None
    execution_date: Day | None = Field(default=None, description="When the bank is to pay; without it, today.")


class PaymentFileView(BaseModel):
    """`message_id` and the payouts' own ids are what the bank is told, so that it pays a file once."""

    id: UUID
    message_id: str
    payouts: int
    total: MoneyView
    execution_date: date
    created_at: datetime
    version: int


class PaymentFileWithStates(PaymentFileView):
    """`under_way`: neither marked as paid nor as returned."""

    under_way: int
    returned: int


class BankReturn(Body):
    code: ReturnCode


class ReturnedPayout(BankReturn):
    payout_id: UUID


def _each_once(returned: list[ReturnedPayout]) -> list[ReturnedPayout]:
    if len({each.payout_id for each in returned}) < len(returned):
        raise ValueError("names a payout twice")
    return returned


class BankAnswer(Body):
    """What the bank says of a whole file: all of it is paid, but for what came back."""

    returned: Annotated[list[ReturnedPayout], Field(max_length=PAYOUTS_MAX), AfterValidator(_each_once)] = Field(
        default_factory=list
    )


@router.post(
    "/payment-files",
    status_code=201,
    response_model=PaymentFileView,
    responses=errors(401, 403, 409),
    summary="Put payouts by bank transfer into a file, once each",
)
async def create_payment_file(edge: TheEdge, desk: TheDesk, read: Payouts, body: NewPaymentFile) -> Response:
    debtor = edge.house.settings.debtor
    if debtor is None:
        raise NoPayingAccount
    waiting = await read.ask(lambda c: waiting_for_file(c, currency=body.currency, up_to=body.up_to, limit=PAYOUTS_MAX))
    command = CreatePaymentFile(uuid4(), tuple(waiting), debtor, body.execution_date)
    return await desk.carry_out(command, HTTPStatus.CREATED, _now)


@router.get(
    "/payment-files",
    response_model=Listed[PaymentFileWithStates],
    responses=errors(401, 403, 503),
    summary="Payment files, newest first",
)
async def list_payment_files(_: SignedIn, read: Payouts, page: ThePage) -> Response:
    rows = await read.ask(lambda c: payment_files(c, page))
    return read.answer(listed(rows, page, _row))


@router.get(
    "/payment-files/{file_id}",
    response_model=PaymentFileWithStates,
    responses={**errors(401, 403, 404, 410, 503), **XML_FILE},
    summary="A payment file: as SEPA pain.001 by Accept: application/xml",
)
async def get_payment_file(
    _: SignedIn, edge: TheEdge, read: Payouts, file_id: UUID, accept: Annotated[str, Header()] = ""
) -> Response:
    """The same bytes however often it is fetched. Its bank accounts are gone when their vendors are erased: 410."""
    if asks_for_xml(accept):
        return await xml_file(edge.house, file_id)
    row = await read.find(lambda c: payment_file(c, file_id))
    return read.answer(_row(row), version=row.version)


@router.post(
    "/payment-files/{file_id}/paid",
    response_model=PaymentFileWithStates,
    responses=_ERRORS,
    summary="Our bank has paid a whole file, but for what it names",
)
async def confirm_payment_file(
    desk: TheDesk, file_id: UUID, version: IfVersion, body: BankAnswer | None = None
) -> Response:
    """All of it or nothing. What was marked as paid or returned before stays so; one that is named and was paid came
    back since.
    """
    returned = {each.payout_id: each.code for each in body.returned} if body else {}
    return await desk.carry_out(ConfirmPaymentFile(file_id, returned, version), HTTPStatus.OK, _confirmed)


@router.post("/payouts/{payout_id}/paid", response_model=PayoutView, responses=_ERRORS, summary="Our bank has paid it")
async def confirm_bank_payment(desk: TheDesk, payout_id: UUID, version: IfVersion) -> Response:
    """Of a payout that stands in a payment file."""
    return await desk.carry_out(ConfirmBankPayment(payout_id, version), HTTPStatus.OK, payout_now)


@router.post(
    "/payouts/{payout_id}/returned",
    response_model=PayoutView,
    responses=_ERRORS,
    summary="Our bank did not pay it, or it was sent back",
)
async def record_bank_return(desk: TheDesk, payout_id: UUID, body: BankReturn, version: IfVersion) -> Response:
    """Its lines are available again, for the next payout."""
    return await desk.carry_out(RecordBankReturn(payout_id, body.code, version), HTTPStatus.OK, payout_now)


def _now(file: PaymentFile) -> PaymentFileView:
    return PaymentFileView(
        id=file.id,
        message_id=message_id(file),
        payouts=len(file.payout_ids),
        total=money(file.total_minor, file.currency),
        execution_date=file.execution_date,
        created_at=file.created_on,
        version=file.version,
    )


def _confirmed(done: ConfirmedFile) -> PaymentFileWithStates:
    return PaymentFileWithStates(**dict(_now(done.file)), under_way=done.under_way, returned=done.returned)


def _row(row: PaymentFileRow) -> PaymentFileWithStates:
    return PaymentFileWithStates(
        id=row.id,
        message_id=row.id.hex,
        payouts=row.payouts,
        total=money(row.total_minor, row.currency),
        execution_date=row.execution_date,
        created_at=row.created_at,
        version=row.version,
        under_way=row.under_way,
        returned=row.returned,
    )
