"""Openings and changes of cells as vendors write them."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from api.fields import Body, Day, DayOrInstant, LocalOrInstant, Text, Whole, placed
from api.refusals import FieldError, ValidationFailed
from commands.open_departures import OpenDepartures, OpenSeries
from commands.open_nights import OpenNights
from domain.capacity import Cell
from domain.recurrence import RULE_MAX_CHARACTERS

CAPACITY_MAX: Final = 100_000
DEPARTURE_MAX: Final = timedelta(days=366)
RANGE_MAX: Final = timedelta(days=732)

Capacity = Annotated[Whole, Field(ge=0, le=CAPACITY_MAX)]
Reason = Annotated[Text, StringConstraints(max_length=500)]


class NewOpening(Body):
    """Either departures, from `starts_at` to `ends_at`, or the nights of a stay."""

    starts_at: LocalOrInstant | None = None
    ends_at: LocalOrInstant | None = None
    rrule: Annotated[Text, StringConstraints(max_length=RULE_MAX_CHARACTERS)] | None = Field(
        default=None, examples=["FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20271031"]
    )
    first_night: Day | None = None
    last_night: Day | None = Field(default=None, description="The night before guests leave.")
    capacity: Annotated[Whole, Field(ge=1, le=CAPACITY_MAX)]

    @property
    def is_local(self) -> bool:
        return any(moment is not None and moment.tzinfo is None for moment in (self.starts_at, self.ends_at))

    def as_command(
        self, opening_id: UUID, listing_id: UUID, zone: str | None
    ) -> OpenDepartures | OpenSeries | OpenNights:
        """`zone` is that of the listing, if local times have to be read. Raises ValidationFailed."""
        if self.first_night is not None or self.last_night is not None:
            return self._nights(opening_id, listing_id)
        if self.starts_at is None or self.ends_at is None:
            missing = "starts_at" if self.starts_at is None else "ends_at"
            raise ValidationFailed(FieldError(missing, "is needed; or first_night and last_night for a stay"))
        starts_at, ends_at = placed(self.starts_at, zone, "starts_at"), placed(self.ends_at, zone, "ends_at")
        if not timedelta() < ends_at - starts_at <= DEPARTURE_MAX:
            raise ValidationFailed(FieldError("ends_at", "must be after starts_at, by 366 days at most"))
        if self.rrule is not None:
            return OpenSeries(opening_id, listing_id, starts_at, ends_at, self.capacity, self.rrule)
        return OpenDepartures(opening_id, listing_id, (Cell(starts_at, ends_at, self.capacity),))

    def _nights(self, opening_id: UUID, listing_id: UUID) -> OpenNights:
        misplaced = [name for name in ("starts_at", "ends_at", "rrule") if getattr(self, name) is not None]
        if misplaced:
            raise ValidationFailed(*(FieldError(name, "does not go with nights") for name in misplaced))
        if self.first_night is None or self.last_night is None:
            missing = "first_night" if self.first_night is None else "last_night"
            raise ValidationFailed(FieldError(missing, "is needed"))
        return OpenNights(opening_id, listing_id, self.first_night, self.last_night, self.capacity)


class CellChanges(Body):
    """Days are read in the listing's time zone; a range of days has the nights or departures that begin in it."""

    since: DayOrInstant = Field(alias="from")
    until: DayOrInstant = Field(alias="to", description="Exclusive.")
    capacity: Capacity | None = None
    closed: Annotated[bool, Field(strict=True)] | None = None
    reason: Reason = ""

    @property
    def is_local(self) -> bool:
        return any(not isinstance(moment, datetime) or moment.tzinfo is None for moment in (self.since, self.until))

    def range(self, zone: str | None) -> tuple[datetime, datetime]:
        """The instants, and that something is to be changed. Raises ValidationFailed."""
        if self.capacity is None and self.closed is None:
            raise ValidationFailed(FieldError("capacity", "or closed is needed"))
        starts_from, before = placed(self.since, zone, "from"), placed(self.until, zone, "to")
        if not timedelta() < before - starts_from <= RANGE_MAX:
            raise ValidationFailed(FieldError("to", f"must be after from, by {RANGE_MAX.days} days at most"))
        return starts_from, before
