"""Payout periods: weeks end on a Monday, months on the 1st, in the platform's time zone; runs start at 08:00."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.refusal import Refusal
from domain.vendor import Cadence

RUN_AT = time(8, 0)


class NotAPeriod(Refusal):
    """A weekly period ends on a Monday, a monthly one on the 1st, not in the future."""


def last_period_end(cadence: Cadence, today: date) -> date:
    """The end (exclusive) of the newest period that is over on this day."""
    if cadence == "weekly":
        return today - timedelta(days=today.weekday())
    return today.replace(day=1)


def next_period_end(cadence: Cadence, period_end: date) -> date:
    if cadence == "weekly":
        return period_end + timedelta(days=7)
    return (period_end.replace(day=1) + timedelta(days=32)).replace(day=1)


def check_period_end(cadence: Cadence, period_end: date, today: date) -> None:
    if period_end > today or last_period_end(cadence, period_end) != period_end:
        raise NotAPeriod


def cutoff_of(period_end: date, time_zone: str) -> datetime:
    """The UTC instant at which the period is over: midnight, local time."""
    return datetime.combine(period_end, time(), ZoneInfo(time_zone)).astimezone(UTC)


def run_at(period_end: date, time_zone: str) -> datetime:
    """The UTC instant at which the run for this period is due: 08:00 local time, also when the clocks change."""
    return datetime.combine(period_end, RUN_AT, ZoneInfo(time_zone)).astimezone(UTC)
