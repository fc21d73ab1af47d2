"""Payouts, as vendors and the people of finance see them."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.caller import SignedIn
from api.downloads import FILES, download, format_of
from api.edge import Edge, TheEdge
from api.fields import Day
from api.paging import Listed, ThePage, listed
from api.payment_files import XML_FILE, asks_for_xml, xml_file
from api.payout_files import LINES, PAYOUTS, line_rows, payout_rows
from api.problems import errors
from api.reading import Reading, reading
from api.views.payout import PayoutView, PayoutWithLines, payout_view, payout_with_lines
from domain.payment_file import NotOneFile
from queries.payment_files import files_of_payouts
from queries.payouts import PayoutLineRow, PayoutRow, payout, payout_lines, payouts
from queries.positions import follower_position
from queries.rows import Connection

router = APIRouter(tags=["payouts"])

Payouts = Annotated[Reading, reading("payouts")]
WITH_XML: Final[dict[int | str, dict[str, Any]]] = {
    200: {**FILES[200], "content": FILES[200]["content"] | XML_FILE[200]["content"]}
}
Status = Literal[
    "drafted", "transfer_submitted", "transferred", "bank_submitted", "paid", "failed", "cancelled", "unresolved"
]


@router.get(
    "/vendors/me/payouts", response_model=Listed[PayoutView], responses=errors(401, 403, 503), summary="My payouts"
)
async def list_my_payouts(caller: SignedIn, read: Payouts, page: ThePage) -> Response:
    rows = await read.ask(lambda c: payouts(c, page, vendor_id=caller.account_id))
    return read.answer(listed(rows, page, payout_view))


@router.get(
    "/payouts/{payout_id}",
    response_model=PayoutWithLines,
    responses={**errors(401, 403, 404, 503), **FILES},
    summary="One payout with its lines",
)
async def get_payout(
    caller: SignedIn, read: Payouts, payout_id: UUID, accept: Annotated[str, Header()] = ""
) -> Response:
    """As a file it is its lines, all of them."""
    form = format_of(accept)
    if form != "json":
        await read.find(lambda c: payout(c, payout_id, caller.actor))
        return download(read, f"payout-{payout_id.hex[-12:]}", form, LINES, lambda c: line_rows(c, payout_id))

    async def question(connection: Connection) -> tuple[PayoutRow, list[PayoutLineRow]] | None:
        row = await payout(connection, payout_id, caller.actor)
        return (row, await payout_lines(connection, payout_id)) if row else None

    row, lines = await read.find(question)
    return read.answer(payout_with_lines(row, lines), version=row.version)


@router.get(
    "/finance/payouts",
    response_model=Listed[PayoutView],
    responses={**errors(401, 403, 409, 410, 503), **WITH_XML},
    summary="Payouts of a period",
    tags=["finance"],
)
async def list_payouts(
    _: SignedIn,
    edge: TheEdge,
    read: Payouts,
    page: ThePage,
    period: Day | None = None,
    status: Status | None = None,
    vendor_id: UUID | None = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """As SEPA pain.001 by `Accept: application/xml`: the payment file that these payouts stand in."""
    if asks_for_xml(accept):
        return await _payment_file(edge, read, period, status, vendor_id)
    form = format_of(accept)
    if form != "json":
        read.position = await read.ask(lambda c: follower_position(c, "payouts"))
        return download(read, "payouts", form, PAYOUTS, lambda c: payout_rows(c, period, status, vendor_id))
    rows = await read.ask(lambda c: payouts(c, page, vendor_id=vendor_id, period_end=period, status=status))
    return read.answer(listed(rows, page, payout_view))


async def _payment_file(
    edge: Edge, read: Reading, period_end: date | None, status: str | None, vendor_id: UUID | None
) -> Response:
    """Files are made by POST /finance/payment-files only, so that no payout is ever in two. Raises NotOneFile."""

    async def question(connection: Connection) -> list[UUID]:
        return await files_of_payouts(connection, period_end=period_end, status=status, vendor_id=vendor_id, limit=2)

    files = await read.ask(question)
    if len(files) != 1:
        raise NotOneFile
    return await xml_file(edge.house, files[0])
