"""Recurrence: an RFC 5545 RRULE that ends, and the instants it names on the clock of a place.

The rule is counted on the wall: ten o'clock stays ten o'clock when the clocks are changed (RFC 5545, section 3.3.10).
"""

import re
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

from dateutil.rrule import rrulestr

from domain.local_time import instant_of, local_of
from domain.refusal import Refusal

CELLS_MAX: Final = 1_000
AHEAD_MAX: Final = timedelta(days=731)
RULE_MAX_CHARACTERS: Final = 500
_FREQUENCIES: Final = frozenset({"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_PART: Final = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_WEEKDAY: Final = re.compile(r"([+-]?\d{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL: Final = re.compile(r"\d{8}(T\d{6}Z?)?", re.ASCII)

# From, to, whether it may be counted from the end, and the frequencies that cannot have it (RFC 5545, 3.3.10, table).
_NUMBERS: Final = {
    "BYMONTH": (1, 12, False, frozenset[str]()),
    "BYWEEKNO": (1, 53, True, _FREQUENCIES - {"YEARLY"}),
    "BYYEARDAY": (1, 366, True, frozenset({"DAILY", "WEEKLY", "MONTHLY"})),
    "BYMONTHDAY": (1, 31, True, frozenset({"WEEKLY"})),
    "BYHOUR": (0, 23, False, frozenset[str]()),
    "BYMINUTE": (0, 59, False, frozenset[str]()),
    "BYSETPOS": (1, 366, True, frozenset({"HOURLY"})),
    "INTERVAL": (1, 999, False, frozenset[str]()),
}


class InvalidRecurrence(Refusal):
    """This recurrence rule cannot be used: it must be one RRULE of RFC 5545 with COUNT or UNTIL."""


class TooManyCells(Refusal):
    """At most 1,000 departures can be opened at once."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`pattern` is the rule without its end. The end is `count` times, or `until` a day, a local time or an instant."""

    pattern: str
    count: int | None
    until: date | datetime | None

    @classmethod
    def read(cls, text: str) -> "Recurrence":
        """Read "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10". Raises InvalidRecurrence, TooManyCells."""
        parts = _parts(text)
        count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
        if (count is None) == (until is None):
            raise InvalidRecurrence("The rule must end: give it either COUNT or UNTIL.")
        frequency = parts.get("FREQ")
        if frequency not in _FREQUENCIES:
            raise InvalidRecurrence("FREQ must be HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY.")
        for name, values in parts.items():
            _check_part(name, values, frequency)
        pattern = ";".join(f"{name}={values}" for name, values in parts.items())
        return cls(pattern, _count(count) if count else None, _until(until) if until else None)

    def starts(self, first: datetime, time_zone: str) -> tuple[datetime, ...]:
        """The instants of this rule from `first` on, ascending, in UTC.

        A time that the clocks jump over is moved forward by the gap, one that comes twice is its first (RFC 5545,
        3.3.5). Raises InvalidRecurrence if there are none or not all of them are within 731 days, TooManyCells.
        """
        found: list[datetime] = []
        for local, instant in self._instances(first.replace(microsecond=0), time_zone):
            if self._is_over(local, instant):
                break
            if instant - first > AHEAD_MAX:
                raise InvalidRecurrence(f"The rule must end within {AHEAD_MAX.days} days of its first time.")
            if found and instant <= found[-1]:
                continue
            if len(found) == CELLS_MAX:
                raise TooManyCells
            found.append(instant)
            if len(found) == self.count:
                return tuple(found)
        if not found or self.count:
            raise InvalidRecurrence("The rule does not name as many times as it should.")
        return tuple(found)

    def _instances(self, first: datetime, time_zone: str) -> Iterator[tuple[datetime, datetime]]:
        """Local times and instants, looked for in a year of the same calendar near the end of time.

        dateutil looks on until the year 9999 for what a rule like "the 30th of February" never finds. There it ends at
        once; from here it would take seconds.
        """
        local_first = local_of(first, time_zone)
        away = date(_twin_of(local_first.year), 1, 1) - date(local_first.year, 1, 1)
        try:
            for twin in rrulestr(self.pattern, dtstart=local_first + away):
                local = twin - away
                yield local, first if local == local_first else instant_of(local, time_zone)
        except (ValueError, OverflowError):
            raise InvalidRecurrence from None

    def _is_over(self, local: datetime, instant: datetime) -> bool:
        match self.until:
            case None:
                return False
            case datetime(tzinfo=None):
                return local > self.until
            case datetime():
                return instant > self.until
            case _:
                return local.date() > self.until


def _parts(text: str) -> dict[str, str]:
    rule = text.strip().upper().removeprefix("RRULE:")
    if len(rule) > RULE_MAX_CHARACTERS:
        raise InvalidRecurrence(f"The rule is longer than {RULE_MAX_CHARACTERS} characters.")
    matches = [_PART.fullmatch(part) for part in rule.split(";")]
    parts = {match[1]: match[2] for match in matches if match}
    if len(parts) != len(matches):
        raise InvalidRecurrence("The rule must be parts like FREQ=WEEKLY;BYDAY=MO;COUNT=10, each of them once.")
    return parts


def _check_part(name: str, values: str, frequency: str) -> None:
    if name == "FREQ":
        return
    if name in {"BYDAY", "WKST"}:
        valid = all(_is_weekday(value, frequency, alone=name == "WKST") for value in values.split(","))
    elif name in _NUMBERS:
        lowest, highest, signed, not_with = _NUMBERS[name]
        numbers = [int(value) if _NUMBER.fullmatch(value) else None for value in values.split(",")]
        found = [abs(n) if signed and n else n for n in numbers]
        valid = frequency not in not_with and all(n is not None and lowest <= n <= highest for n in found)
        valid = valid and (name != "INTERVAL" or len(numbers) == 1)
    else:
        valid = False
    if not valid:
        raise InvalidRecurrence(f"{name} cannot be used like that with FREQ={frequency}.")


def _is_weekday(value: str, frequency: str, *, alone: bool) -> bool:
    """A day like MO; by the month or the year also the second one, 2MO, or the last, -1MO."""
    match = _WEEKDAY.fullmatch(value)
    if match is None or match[1] is None:
        return match is not None
    return not alone and frequency in {"MONTHLY", "YEARLY"} and 1 <= abs(int(match[1])) <= 53


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) == 0:
        raise InvalidRecurrence("COUNT must be a whole number above 0.")
    if int(text) > CELLS_MAX:
        raise TooManyCells
    return int(text)


def _until(text: str) -> date | datetime:
    if not _UNTIL.fullmatch(text):
        raise InvalidRecurrence("UNTIL must be written like 20271231, 20271231T235959 or 20271231T225959Z.")
    try:
        if len(text) == 8:
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        local = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local unless it ends in Z
    except ValueError:
        raise InvalidRecurrence("UNTIL is not a time that exists.") from None
    return local.replace(tzinfo=UTC) if text.endswith("Z") else local


@cache
def _twin_of(year: int) -> int:
    """The last year whose calendar, and that of the years around it, is the same as that of `year`.

    The calendar repeats every 400 years, so there is always one.
    """
    wanted = _calendar_around(year)
    return next(twin for twin in range(9_995, 9_594, -1) if _calendar_around(twin) == wanted)


def _calendar_around(year: int) -> tuple[tuple[bool, int], ...]:
    return tuple((isleap(y), date(y, 1, 1).weekday()) for y in range(year - 1, year + 5))
