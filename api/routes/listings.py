"""Listings: made and changed by their vendors, read by everybody."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.fields import Body, LongText, Price, ShortText, TimeZone
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.terms import DEFAULT, Preset, TermsIn, terms_of
from api.views.listing import ListingView, listing_view
from commands.change_listing import ChangeListing
from commands.create_listing import CreateListing
from queries.listings import listing, listings

router = APIRouter(prefix="/listings", tags=["listings"])

Listings = Annotated[Reading, reading("listings")]


class NewListing(Body):
    title: ShortText
    description: LongText = ""
    kind: Literal["departure"]
    time_zone: TimeZone = Field(examples=["Europe/Lisbon"])
    price: Price
    booking_mode: Literal["instant"] = "instant"
    terms: Preset | TermsIn = DEFAULT
    draft: bool = Field(default=False, strict=True)


@router.post(
    "", status_code=201, response_model=ListingView, responses=errors(401, 403, 409), summary="Offer something"
)
async def create_listing(desk: TheDesk, body: NewListing) -> Response:
    command = CreateListing(
        listing_id=uuid4(),
        title=body.title,
        description=body.description,
        kind=body.kind,
        time_zone=body.time_zone,
        price=body.price.as_money(),
        terms=terms_of(body.terms),
        draft=body.draft,
    )
    return await desk.carry_out(command, HTTPStatus.CREATED, listing_view)


@router.get(
    "", response_model=Listed[ListingView], responses=errors(401, 503), summary="What is on offer, newest first"
)
async def list_listings(
    caller: SignedIn,
    read: Listings,
    page: ThePage,
    vendor_id: UUID | None = None,
    status: Literal["draft", "published", "paused", "closed"] | None = None,
) -> Response:
    rows = await read.ask(lambda c: listings(c, caller.actor, page, vendor_id=vendor_id, status=status))
    return read.answer(listed(rows, page, listing_view))


@router.get("/{listing_id}", response_model=ListingView, responses=errors(401, 404, 503), summary="One listing")
async def get_listing(caller: SignedIn, read: Listings, listing_id: UUID) -> Response:
    row = await read.find(lambda c: listing(c, listing_id, caller.actor))
    return read.answer(listing_view(row), version=row.version)


CHANGED = errors(401, 403, 404, 409, 412)


@router.post("/{listing_id}/publish", response_model=ListingView, responses=CHANGED, summary="Open a draft for booking")
async def publish_listing(desk: TheDesk, listing_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(ChangeListing(listing_id, "publish", if_version), HTTPStatus.OK, listing_view)


@router.post("/{listing_id}/pause", response_model=ListingView, responses=CHANGED, summary="Take no new bookings now")
async def pause_listing(desk: TheDesk, listing_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(ChangeListing(listing_id, "pause", if_version), HTTPStatus.OK, listing_view)


@router.post("/{listing_id}/resume", response_model=ListingView, responses=CHANGED, summary="Take bookings again")
async def resume_listing(desk: TheDesk, listing_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(ChangeListing(listing_id, "resume", if_version), HTTPStatus.OK, listing_view)


@router.post(
    "/{listing_id}/close", response_model=ListingView, responses=CHANGED, summary="Take no bookings ever again"
)
async def close_listing(desk: TheDesk, listing_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(ChangeListing(listing_id, "close", if_version), HTTPStatus.OK, listing_view)
