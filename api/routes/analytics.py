"""Figures over time for the platform, by day, week or month and by currency."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from psycopg import AsyncConnection
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import DayOrInstant, bound
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from api.views.money import MoneyView, money
from queries.analytics import (
    BookingFigure,
    MoneyFigure,
    OccupancyFigure,
    booking_figures,
    money_figures,
    occupancy_figures,
)
from queries.business_clock import clock

router = APIRouter(prefix="/admin", tags=["admin"])

DAYS_BY_DEFAULT: Final = 30
DAYS_MAX: Final = 5 * 366
_Found = tuple[list[BookingFigure], list[MoneyFigure], list[OccupancyFigure]]


class Occupancy(BaseModel):
    capacity: int
    sold: int
    basis_points: int | None = Field(description="Sold of capacity; null where there is none.")


class Figures(BaseModel):
    """One bucket in one currency. Bookings count in the bucket in which they were held."""

    starts_at: date
    currency: str
    bookings: dict[str, int] = Field(description="By what has become of them.")
    held: int
    confirmed: int
    conversion_basis_points: int | None = Field(description="Confirmed of held; null where none was held.")
    gross: MoneyView
    refunds: MoneyView
    commission: MoneyView
    payouts: MoneyView
    occupancy: Occupancy


class Analytics(BaseModel):
    items: list[Figures]
    time_zone: str
    next_cursor: None = None


@router.get(
    "/analytics",
    response_model=Analytics,
    responses=errors(401, 403, 503),
    summary="Bookings, money, conversion and occupancy by day, week or month; the last 30 days by default",
)
async def get_analytics(
    _: SignedIn,
    edge: TheEdge,
    read: Annotated[Reading, reading("analytics")],
    since: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    until: Annotated[DayOrInstant | None, Query(alias="to", description="Exclusive.")] = None,
    bucket: Literal["day", "week", "month"] = "day",
) -> Response:
    zone = edge.house.settings.platform_time_zone
    first, last = bound(since, None, zone, "from"), bound(until, None, zone, "to")

    async def figures(connection: AsyncConnection) -> _Found:
        end = last or _tomorrow((await clock(connection)).now, zone)
        begin = first or end - timedelta(days=DAYS_BY_DEFAULT)
        if end - begin > timedelta(days=DAYS_MAX):
            raise ValidationFailed(FieldError("from", f"may be {DAYS_MAX} days before `to` at most"))
        asked = {"bucket": bucket, "zone": zone, "since": begin, "until": end}
        return (
            await booking_figures(connection, asked),
            await money_figures(connection, asked),
            await occupancy_figures(connection, asked),
        )

    return read.answer(Analytics(items=_items(await read.ask(figures), zone), time_zone=zone))


def _tomorrow(now: datetime, zone: str) -> datetime:
    """The end of today there."""
    local = now.astimezone(ZoneInfo(zone))
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _items(found: _Found, zone: str) -> list[Figures]:
    """A row for every bucket and currency of which anything is known, in their order."""
    bookings, moneys, occupancies = found
    by_status: dict[tuple[datetime, str], list[BookingFigure]] = defaultdict(list)
    for figure in bookings:
        by_status[figure.starts_at, figure.currency].append(figure)
    money_of = {(m.starts_at, m.currency): m for m in moneys}
    room_of = {(o.starts_at, o.currency): o for o in occupancies}
    return [
        _figures(key, by_status.get(key, []), money_of.get(key), room_of.get(key), zone)
        for key in sorted(by_status.keys() | money_of.keys() | room_of.keys())
    ]


def _figures(
    key: tuple[datetime, str],
    bookings: list[BookingFigure],
    moved: MoneyFigure | None,
    room: OccupancyFigure | None,
    zone: str,
) -> Figures:
    starts_at, currency = key
    held, confirmed = sum(b.bookings for b in bookings), sum(b.confirmed for b in bookings)
    capacity, sold = (room.capacity, room.sold) if room else (0, 0)
    return Figures(
        starts_at=starts_at.astimezone(ZoneInfo(zone)).date(),
        currency=currency,
        bookings={b.status: b.bookings for b in bookings},
        held=held,
        confirmed=confirmed,
        conversion_basis_points=_share(confirmed, held),
        gross=money(moved.gross_minor if moved else 0, currency),
        refunds=money(moved.refunds_minor if moved else 0, currency),
        commission=money(moved.commission_minor if moved else 0, currency),
        payouts=money(moved.payouts_minor if moved else 0, currency),
        occupancy=Occupancy(capacity=capacity, sold=sold, basis_points=_share(sold, capacity)),
    )


def _share(part: int, whole: int) -> int | None:
    return part * 10_000 // whole if whole else None
