"""What I want to be told and how, what I was told, and what was told about a booking."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, LocalTime, TimeZone
from api.known import carry_out, known_account
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from commands.set_preferences import SetPreferences
from domain.account import Account
from domain.preferences import ALWAYS, CHANNELS, GROUPS, Channel, Group, QuietHours, is_wanted
from queries.bookings import booking
from queries.messages import MessageRow, messages_about, messages_to
from queries.rows import Connection

router = APIRouter(tags=["notifications"])


class Quiet(Body):
    """Messages that can wait do so until `ends`; past midnight if that is earlier than `starts`."""

    starts: LocalTime
    ends: LocalTime
    time_zone: TimeZone


class Wishes(Body):
    """As a whole: what is left out is as it is for everybody. Some e-mail cannot be switched off."""

    groups: dict[Group, dict[Channel, bool]] = Field(examples=[{"reminders": {"email": False, "push": True}}])
    quiet_hours: Quiet | None = None


class WishesView(BaseModel):
    groups: dict[Group, dict[Channel, bool]]
    always: list[str] = Field(description="What is sent in any case, as group.channel.")
    quiet_hours: Quiet | None


class MessageView(BaseModel):
    id: UUID
    account_id: UUID
    kind: str
    channel: str
    state: str = Field(description="due, quiet (waits for the end of quiet hours), sent, bounced or not_wanted.")
    at: datetime
    caused_by: int | None = Field(description="The position of the event behind it.")
    stream_id: UUID | None
    booking_id: UUID | None
    provider_id: str | None


@router.get(
    "/users/me/notification-settings",
    response_model=WishesView,
    responses=errors(401),
    summary="What I want to be told, and how",
)
async def get_notification_settings(edge: TheEdge, caller: SignedIn) -> Response:
    return _wishes((await known_account(edge, caller.account_id)).account)


@router.put(
    "/users/me/notification-settings",
    response_model=WishesView,
    responses=errors(401, 422),
    summary="Say what I want to be told, how, and when not",
)
async def set_notification_settings(request: Request, edge: TheEdge, caller: SignedIn, body: Wishes) -> Response:
    chosen = {
        f"{group}.{channel}": wanted for group, wishes in body.groups.items() for channel, wanted in wishes.items()
    }
    quiet = body.quiet_hours
    hours = QuietHours(quiet.starts, quiet.ends, quiet.time_zone) if quiet else None
    await carry_out(edge, request, SetPreferences(caller.account_id, chosen, hours), caller.actor)
    return _wishes((await known_account(edge, caller.account_id)).account)


@router.get(
    "/users/me/notifications",
    response_model=Listed[MessageView],
    responses=errors(401),
    summary="What I was told, newest first",
)
async def list_notifications(edge: TheEdge, caller: SignedIn, page: ThePage) -> Response:
    async with edge.house.reads.connection() as connection:
        rows = await messages_to(connection, caller.account_id, page)
    return Response(listed(rows, page, _view).model_dump_json(), 200, media_type="application/json")


@router.get(
    "/bookings/{booking_id}/messages",
    response_model=Listed[MessageView],
    responses=errors(401, 403, 404, 503),
    summary="What anybody was told about a booking, oldest first",
)
async def list_booking_messages(
    caller: SignedIn, read: Annotated[Reading, reading("bookings")], booking_id: UUID
) -> Response:
    async def question(connection: Connection) -> list[MessageRow] | None:
        known = await booking(connection, booking_id, caller.actor)
        return await messages_about(connection, booking_id) if known else None

    rows = await read.find(question)
    return read.answer(Listed(items=[_view(row) for row in rows]))


def _wishes(account: Account) -> Response:
    hours = account.quiet_hours
    view = WishesView(
        groups={
            group: {channel: is_wanted(account.preferences, group, channel) for channel in CHANNELS} for group in GROUPS
        },
        always=sorted(f"{group}.{channel}" for group, channel in ALWAYS),
        quiet_hours=Quiet(starts=hours.starts, ends=hours.ends, time_zone=hours.time_zone) if hours else None,
    )
    return Response(view.model_dump_json(), 200, media_type="application/json")


def _view(row: MessageRow) -> MessageView:
    return MessageView(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,
        channel=row.channel,
        state=row.state,
        at=row.created_at,
        caused_by=row.caused_by,
        stream_id=row.stream_id,
        booking_id=row.booking_id,
        provider_id=row.provider_id,
    )
