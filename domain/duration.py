"""ISO 8601 durations as terms use them: whole days counted on the calendar, hours and minutes on the clock."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.refusal import InvalidTerms

_PATTERN = re.compile(
    r"P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """`days` move the date and keep the wall time; `seconds` are real time."""

    days: int
    seconds: int

    @property
    def total_seconds(self) -> int:
        return self.days * 86_400 + self.seconds


def parse_duration(text: str) -> Duration:
    """Read "P7D", "PT24H", "P1W", "P1DT12H". Raises InvalidTerms for anything else (months and years vary)."""
    match = _PATTERN.fullmatch(text)
    if match is None or text in {"P", "PT"}:
        raise InvalidTerms(f"{text!r} is not a duration like P7D or PT24H.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return Duration(weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)


def instant_before(instant: datetime, duration: Duration, time_zone: str) -> datetime:
    """The UTC instant `duration` before `instant`, days counted on the local calendar (daylight-saving safe)."""
    return _days_from(instant, -duration.days, time_zone) - timedelta(seconds=duration.seconds)


def instant_after(instant: datetime, duration: Duration, time_zone: str) -> datetime:
    """The UTC instant `duration` after `instant`, days counted on the local calendar (daylight-saving safe)."""
    return _days_from(instant, duration.days, time_zone) + timedelta(seconds=duration.seconds)


def _days_from(instant: datetime, days: int, time_zone: str) -> datetime:
    """The same local time on another day. On no other day is the very same instant: an hour that comes twice stays."""
    if not days:
        return instant.astimezone(UTC)
    return (instant.astimezone(ZoneInfo(time_zone)) + timedelta(days=days)).astimezone(UTC)
