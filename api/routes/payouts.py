"""Payouts as vendors see them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.payout import PayoutView, PayoutWithLines, payout_view, payout_with_lines
from queries.payouts import PayoutLineRow, PayoutRow, payout, payout_lines, payouts
from queries.rows import Connection

router = APIRouter(tags=["payouts"])

Payouts = Annotated[Reading, reading("payouts")]


@router.get(
    "/vendors/me/payouts", response_model=Listed[PayoutView], responses=errors(401, 403, 503), summary="My payouts"
)
async def list_my_payouts(caller: SignedIn, read: Payouts, page: ThePage) -> Response:
    rows = await read.ask(lambda c: payouts(c, page, vendor_id=caller.account_id))
    return read.answer(listed(rows, page, payout_view))


@router.get(
    "/payouts/{payout_id}",
    response_model=PayoutWithLines,
    responses=errors(401, 403, 404, 503),
    summary="One payout with its lines",
)
async def get_payout(edge: TheEdge, caller: SignedIn, read: Payouts, payout_id: UUID) -> Response:
    async def question(connection: Connection) -> tuple[PayoutRow, list[PayoutLineRow]] | None:
        row = await payout(connection, payout_id, caller.actor)
        return (row, await payout_lines(connection, payout_id)) if row else None

    row, lines = await read.find(question)
    if sum(line.amount_minor for line in lines) != row.amount_minor:
        # The lines are another follower's rows; it is a moment behind.
        money = Reading(edge.house.reads, "vendor_money")
        await money.reach(read.position)
        lines = await money.ask(lambda c: payout_lines(c, payout_id))
    return read.answer(payout_with_lines(row, lines), version=row.version)
