"""Nights of a stay: guests come at check-in of one day and leave at check-out of another, by the local clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from domain.capacity import Cell
from domain.local_time import instant_of, local_of
from domain.refusal import Refusal

NIGHTS_MAX: Final = 366
OPEN_NIGHTS_MAX: Final = 731
_DAY: Final = timedelta(days=1)


class NotNights(Refusal):
    """A stay is from check-in of its first night to check-out after its last."""


class StayTooLong(Refusal):
    """A stay is 366 nights at most."""


class InvalidStayTimes(Refusal):
    """Check-in and check-out are local times like 15:00, and guests must be out when the next ones come."""


@dataclass(frozen=True, slots=True)
class StayTimes:
    """When guests come and leave, "HH:MM" on the clock of `time_zone`."""

    check_in: str
    check_out: str
    time_zone: str

    def check(self) -> None:
        """Raises InvalidStayTimes."""
        if _time(self.check_out) > _time(self.check_in):
            raise InvalidStayTimes

    def check_in_at(self, day: date) -> datetime:
        return instant_of(datetime.combine(day, _time(self.check_in)), self.time_zone)

    def check_out_at(self, day: date) -> datetime:
        """Never after check-in of the same day, also if only check-out falls where the clocks are put forward."""
        check_out = instant_of(datetime.combine(day, _time(self.check_out)), self.time_zone)
        return min(check_out, self.check_in_at(day))

    def cells(self, first_night: date, last_night: date, capacity: int) -> tuple[Cell, ...]:
        """One cell a night, both days included. Raises NotNights, StayTooLong over 731 nights."""
        nights = _nights(first_night, last_night)
        if nights > OPEN_NIGHTS_MAX:
            raise StayTooLong(f"At most {OPEN_NIGHTS_MAX} nights can be opened at once.")
        days = (first_night + n * _DAY for n in range(nights))
        return tuple(Cell(self.check_in_at(day), self.check_out_at(day + _DAY), capacity) for day in days)

    def range(self, first_night: date, last_night: date) -> tuple[datetime, datetime]:
        """Check-in of the first night and check-out of the day after the last, UTC. Raises NotNights, StayTooLong."""
        if _nights(first_night, last_night) > NIGHTS_MAX:
            raise StayTooLong
        return self.check_in_at(first_night), self.check_out_at(last_night + _DAY)

    def nights(self, starts_at: datetime, ends_at: datetime) -> tuple[date, date]:
        """The first and the last night between two instants. Raises NotNights, StayTooLong."""
        arrival = next((day for day in self._days(starts_at) if self.check_in_at(day) == starts_at), None)
        departure = next((day for day in self._days(ends_at) if self.check_out_at(day) == ends_at), None)
        if arrival is None or departure is None:
            raise NotNights
        if _nights(arrival, departure - _DAY) > NIGHTS_MAX:
            raise StayTooLong
        return arrival, departure - _DAY

    def _days(self, instant: datetime) -> Iterator[date]:
        """The day of an instant, and the day before: clocks put forward may move check-in past midnight."""
        day = local_of(instant, self.time_zone).date()
        yield from (day, day - _DAY)


def _nights(first_night: date, last_night: date) -> int:
    nights = (last_night - first_night).days + 1
    if nights < 1:
        raise NotNights("The last night must not be before the first.")
    return nights


def _time(text: str) -> time:
    try:
        moment = time.fromisoformat(text)
    except ValueError:
        raise InvalidStayTimes from None
    if len(text) != 5 or text[2] != ":":
        raise InvalidStayTimes
    return moment
