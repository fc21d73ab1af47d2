"""Listings: made and changed by their vendors, found and read by everybody."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, LocalTime, LongText, PlaceName, Price, ShortText, TimeZone
from api.hearing import listing_subject
from api.limits import Searching
from api.listing_search import wanted
from api.paging import Listed, ThePage, found
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from api.terms import DEFAULT, Duration, Preset, TermsIn, terms_of
from api.views.listing import ListingView, listing_view
from commands.change_listing import ChangeListing
from commands.create_listing import CreateListing
from commands.revise_listing import ReviseListing
from domain.listing import ANSWER_WITHIN
from infrastructure.cache.kept_answers import Kept
from infrastructure.new_id import new_id
from queries.listing_search import Wanted, search
from queries.listings import ANYBODY, listing

router = APIRouter(prefix="/listings", tags=["listings"])

Listings = Annotated[Reading, reading("listings")]


class NewListing(Body):
    title: ShortText
    description: LongText = ""
    place: PlaceName = ""
    kind: Literal["departure", "stay"]
    time_zone: TimeZone = Field(examples=["Europe/Lisbon"])
    check_in: LocalTime | None = Field(default=None, description="Stays only; 15:00 unless given.")
    check_out: LocalTime | None = Field(default=None, description="Stays only; 11:00 unless given.")
    price: Price = Field(description="Per seat, or per unit and night.")
    booking_mode: Literal["instant", "request"] = "instant"
    answer_within: Duration | None = Field(default=None, description="With `request` only; PT24H unless given.")
    terms: Preset | TermsIn = DEFAULT
    draft: bool = Field(default=False, strict=True)

    def check(self) -> None:
        """Raises ValidationFailed for fields that mean nothing here."""
        misplaced = [
            FieldError(name, "is for stays only")
            for name in ("check_in", "check_out")
            if self.kind != "stay" and getattr(self, name) is not None
        ]
        if self.booking_mode == "instant" and self.answer_within is not None:
            misplaced.append(FieldError("answer_within", "goes with booking_mode request"))
        if misplaced:
            raise ValidationFailed(*misplaced)


class ListingChanges(Body):
    """What is left out stays as it is. Bookings that were made keep the price and the terms they have."""

    title: ShortText | None = None
    description: LongText | None = None
    place: PlaceName | None = None
    price: Price | None = Field(default=None, description="In the same currency.")
    terms: Preset | TermsIn | None = None
    booking_mode: Literal["instant", "request"] | None = None
    answer_within: Duration | None = None


@router.post(
    "", status_code=201, response_model=ListingView, responses=errors(401, 403, 409), summary="Offer something"
)
async def create_listing(desk: TheDesk, body: NewListing) -> Response:
    body.check()
    command = CreateListing(
        listing_id=new_id(),
        title=body.title,
        description=body.description,
        kind=body.kind,
        time_zone=body.time_zone,
        price=body.price.as_money(),
        terms=terms_of(body.terms),
        draft=body.draft,
        place=body.place,
        check_in=body.check_in or "15:00",
        check_out=body.check_out or "11:00",
        booking_mode=body.booking_mode,
        answer_within=body.answer_within or ANSWER_WITHIN,
    )
    return await desk.carry_out(command, HTTPStatus.CREATED, listing_view)


@router.get(
    "",
    response_model=Listed[ListingView],
    responses=errors(401, 429, 503),
    summary="Search for what is on offer, newest first",
)
async def list_listings(
    caller: SignedIn, _: Searching, read: Listings, page: ThePage, asked: Annotated[Wanted, Depends(wanted)]
) -> Response:
    """With dates, a page may hold fewer than `limit` while there is a `next_cursor`: go on with it."""
    result = await read.ask(lambda c: search(c, caller.actor, page, asked))
    return read.answer(found(result.rows, result.more_after, listing_view))


@router.get("/{listing_id}", response_model=ListingView, responses=errors(401, 404, 503), summary="One listing")
async def get_listing(caller: SignedIn, edge: TheEdge, read: Listings, listing_id: UUID) -> Response:
    async def public() -> Kept:
        row = await read.ask(lambda c: listing(c, listing_id, ANYBODY))
        return Kept(
            read.position, {"body": listing_view(row).model_dump_json(), "version": row.version} if row else None
        )

    kept = await edge.answers.read(listing_subject(listing_id), "public", public, at_least=read.at_least)
    if kept.value is None:
        row = await read.find(lambda c: listing(c, listing_id, caller.actor))
        return read.answer(listing_view(row), version=row.version)
    headers = {"Travellr-Position": str(kept.position), "ETag": f'"{kept.value["version"]}"'}
    return Response(kept.value["body"], 200, headers, "application/json")


CHANGED = errors(401, 403, 404, 409, 412)


@router.patch(
    "/{listing_id}", response_model=ListingView, responses=CHANGED, summary="Change what new bookings will find"
)
async def revise_listing(desk: TheDesk, listing_id: UUID, body: ListingChanges, if_version: IfVersion) -> Response:
    command = ReviseListing(
        listing_id,
        title=body.title,
        description=body.description,
        place=body.place,
        price=body.price.as_money() if body.price else None,
        terms=terms_of(body.terms) if body.terms else None,
        booking_mode=body.booking_mode,
        answer_within=body.answer_within,
        if_version=if_version,
    )
    return await desk.carry_out(command, HTTPStatus.OK, listing_view)


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
