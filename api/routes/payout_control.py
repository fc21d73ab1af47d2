"""What the people of finance do with a payout, or with all of a vendor's."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.fields import Body, ShortText
from api.problems import errors
from api.views.payout import PayoutView, payout_now
from commands.payout_control import (
    CancelPayout,
    HoldPayout,
    HoldVendorPayouts,
    LimitClawback,
    ReleasePayout,
    ReleaseVendorPayouts,
    RetryPayout,
)
from domain.money import BASIS_POINTS
from domain.vendor import Vendor

router = APIRouter(prefix="/finance", tags=["finance"])

_ERRORS = errors(401, 403, 404, 409, 412)


class Why(Body):
    reason: Annotated[ShortText, "Why; it stands in the log for ever, so it names no person."]


class ClawbackLimit(Why):
    """`share_bp` of what a payout has earned may be taken for older debts, in hundredths of a per cent."""

    share_bp: Annotated[int, Field(ge=0, le=BASIS_POINTS, strict=True, examples=[5_000])]


class VendorPayoutsView(BaseModel):
    vendor_id: UUID
    on_hold: bool
    ready: bool
    method: str
    clawback_bp: int
    requirements: list[str]


@router.post("/payouts/{payout_id}/hold", response_model=PayoutView, responses=_ERRORS, summary="Stop a payout")
async def hold_payout(desk: TheDesk, payout_id: UUID, body: Why, version: IfVersion) -> Response:
    return await desk.carry_out(HoldPayout(payout_id, body.reason, version), HTTPStatus.OK, payout_now)


@router.post("/payouts/{payout_id}/release", response_model=PayoutView, responses=_ERRORS, summary="Let it go on")
async def release_payout(desk: TheDesk, payout_id: UUID, version: IfVersion) -> Response:
    return await desk.carry_out(ReleasePayout(payout_id, version), HTTPStatus.OK, payout_now)


@router.post("/payouts/{payout_id}/cancel", response_model=PayoutView, responses=_ERRORS, summary="Give a payout up")
async def cancel_payout(desk: TheDesk, payout_id: UUID, body: Why, version: IfVersion) -> Response:
    """What was not sent is the vendor's again at once; what was transferred, when the transfer has been reversed."""
    return await desk.carry_out(CancelPayout(payout_id, body.reason, version), HTTPStatus.OK, payout_now)


@router.post("/payouts/{payout_id}/retry", response_model=PayoutView, responses=_ERRORS, summary="Try the step again")
async def retry_payout(desk: TheDesk, payout_id: UUID, version: IfVersion) -> Response:
    """Stripe is looked at before anything is sent, so nobody is paid twice, however often it is retried."""
    return await desk.carry_out(RetryPayout(payout_id, version), HTTPStatus.OK, payout_now)


@router.post(
    "/vendors/{vendor_id}/hold",
    response_model=VendorPayoutsView,
    responses=_ERRORS,
    summary="Draft no payouts for a vendor",
)
async def hold_vendor_payouts(desk: TheDesk, vendor_id: UUID, body: Why) -> Response:
    return await desk.carry_out(HoldVendorPayouts(vendor_id, body.reason), HTTPStatus.OK, _vendor)


@router.post(
    "/vendors/{vendor_id}/release",
    response_model=VendorPayoutsView,
    responses=_ERRORS,
    summary="Draft payouts for a vendor again",
)
async def release_vendor_payouts(desk: TheDesk, vendor_id: UUID) -> Response:
    return await desk.carry_out(ReleaseVendorPayouts(vendor_id), HTTPStatus.OK, _vendor)


@router.post(
    "/vendors/{vendor_id}/clawback-limit",
    response_model=VendorPayoutsView,
    responses=_ERRORS,
    summary="Cut a vendor's payouts by no more than a share for what it owes",
)
async def limit_clawback(desk: TheDesk, vendor_id: UUID, body: ClawbackLimit) -> Response:
    """What one payout leaves is carried to the next, and both say so line by line."""
    return await desk.carry_out(LimitClawback(vendor_id, body.share_bp, body.reason), HTTPStatus.OK, _vendor)


def _vendor(vendor: Vendor) -> VendorPayoutsView:
    return VendorPayoutsView(
        vendor_id=vendor.vendor_id,
        on_hold=vendor.payouts_on_hold,
        ready=vendor.ready,
        method="stripe" if vendor.details_version is None else "bank_transfer",
        clawback_bp=vendor.clawback_bp,
        requirements=list(vendor.requirements),
    )
