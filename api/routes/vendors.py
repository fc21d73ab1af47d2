"""A vendor's own money: balances, statement, and how it is paid out."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import TheDesk, answered
from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.fields import Body
from api.onboarding import onboarding_url
from api.paging import Listed
from api.problems import errors
from api.reading import WAIT_MAX_S, Reading, reading, wait_until
from api.views.money import MoneyView, money
from commands.append import Answer
from commands.dispatch import Done
from commands.vendor_settings import ChooseCadence, RequestPayoutAccount
from domain.ids import vendor_stream_id
from domain.refusal import NotFound
from domain.root import replay
from domain.vendor import Vendor
from queries.vendor_balances import BalanceRow, vendor_balances

router = APIRouter(prefix="/vendors/me", tags=["vendors"])


class BalanceView(BaseModel):
    pending: MoneyView
    available: MoneyView
    reserved: MoneyView
    in_transit: MoneyView
    paid_out: MoneyView


class PayoutSettings(Body):
    cadence: Literal["weekly", "monthly"]


class PayoutSettingsView(BaseModel):
    cadence: str


class PayoutAccountView(BaseModel):
    """`requirements`: what Stripe still wants to know, in its own words; `onboarding_url`: where to tell it."""

    ready: bool
    requirements: list[str]
    onboarding_url: str | None = None


@router.get("/balance", response_model=Listed[BalanceView], responses=errors(401, 403, 503), summary="What I have here")
async def get_balance(caller: SignedIn, read: Annotated[Reading, reading("vendor_money")]) -> Response:
    rows = await read.ask(lambda c: vendor_balances(c, caller.account_id))
    return read.answer(Listed(items=[_balance(row) for row in rows]))


@router.put(
    "/payout-settings", response_model=PayoutSettingsView, responses=errors(401, 403), summary="How often I am paid"
)
async def set_payout_settings(desk: TheDesk, body: PayoutSettings) -> Response:
    return await desk.carry_out(
        ChooseCadence(body.cadence), HTTPStatus.OK, lambda vendor: PayoutSettingsView(cadence=vendor.cadence)
    )


@router.post(
    "/payout-account",
    response_model=PayoutAccountView,
    responses=errors(401, 403),
    summary="Get an account to be paid to",
)
async def request_payout_account(desk: TheDesk, caller: SignedIn, edge: TheEdge) -> Response:
    """What it is now, for a repeated key too: Stripe may have become ready since."""
    done = await desk.done(RequestPayoutAccount(), HTTPStatus.OK, _account)
    kept = done.answer
    if kept is None or kept.status != HTTPStatus.OK:
        return answered(done)

    async def made() -> bool:
        return (await _me(edge, caller.account_id)).stripe_account_id is not None

    await wait_until(made, WAIT_MAX_S)
    vendor = await _me(edge, caller.account_id)
    view = _account(vendor)
    if vendor.stripe_account_id is not None and not vendor.ready:
        view.onboarding_url = await onboarding_url(edge, vendor.stripe_account_id)
    answer = Answer(kept.status, view.model_dump_json().encode(), kept.version)
    return answered(Done(done.result, done.position, answer, done.replayed))


@router.get("/payout-account", responses=errors(401, 403), summary="The account I am paid to")
async def get_payout_account(caller: SignedIn, edge: TheEdge) -> PayoutAccountView:
    return _account(await _me(edge, caller.account_id))


def _account(vendor: Vendor) -> PayoutAccountView:
    return PayoutAccountView(ready=vendor.ready, requirements=list(vendor.requirements))


async def _me(edge: Edge, vendor_id: UUID) -> Vendor:
    """From the log itself, so that an answer never lags behind what was just recorded."""
    stream_id = vendor_stream_id(vendor_id)
    found = replay((await edge.house.log.read((stream_id,))).events[stream_id])
    if not isinstance(found, Vendor):
        raise NotFound
    return found


def _balance(row: BalanceRow) -> BalanceView:
    return BalanceView(
        pending=money(row.pending_minor, row.currency),
        available=money(row.available_minor, row.currency),
        reserved=money(row.reserved_minor, row.currency),
        in_transit=money(row.in_transit_minor, row.currency),
        paid_out=money(row.paid_out_minor, row.currency),
    )
