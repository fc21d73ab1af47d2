"""What a search for listings asks for, as its query says it."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query

from api.fields import DayOrInstant, Text
from api.refusals import FieldError, ValidationFailed
from queries.listing_search import Dates, Wanted

RANGE_MAX: Final = timedelta(days=366)
Words = Annotated[Text | None, Query(max_length=200)]


async def wanted(
    q: Annotated[Words, Query(description="Words of the title, place or description, or how they begin.")] = None,
    place: Annotated[Words, Query(description="Words of the place.")] = None,
    kind: Literal["departure", "stay"] | None = None,
    since: Annotated[
        DayOrInstant | None,
        Query(alias="from", description="With room from then on; a day is read in the listing's time zone."),
    ] = None,
    until: Annotated[
        DayOrInstant | None,
        Query(alias="to", description="And before then: a departure begins in that time, a stay has all its nights."),
    ] = None,
    quantity: Annotated[int | None, Query(ge=1, le=100_000, description="Room for so many; 1 unless given.")] = None,
    vendor_id: UUID | None = None,
    status: Literal["draft", "published", "paused", "closed"] | None = None,
) -> Wanted:
    return Wanted(
        words=_said(q),
        place=_said(place),
        kind=kind,
        vendor_id=vendor_id,
        status=status,
        dates=_dates(since, until, quantity),
    )


def _said(words: str | None) -> str | None:
    return words.strip() or None if words else None


def _dates(since: date | None, until: date | None, quantity: int | None) -> Dates | None:
    """`from` alone is one day or night. Raises ValidationFailed."""
    if since is None:
        field = "to" if until is not None else "quantity"
        if until is not None or quantity is not None:
            raise ValidationFailed(FieldError(field, "goes together with from"))
        return None
    until = until or since + timedelta(days=1)
    start, end = _local_or_utc(since), _local_or_utc(until)
    if (start.tzinfo is None) != (end.tzinfo is None):
        raise ValidationFailed(FieldError("to", "must be written like from: both with a time zone, or neither"))
    if not timedelta() < end - start <= RANGE_MAX:
        raise ValidationFailed(FieldError("to", "must be after from, by 366 days at most"))
    return Dates(start, end, quantity or 1)


def _local_or_utc(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001
