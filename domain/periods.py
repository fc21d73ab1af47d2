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


def check_whole_period(cadence: Cadence, period_end: date) -> None:
    """Raises NotAPeriod unless a period of this cadence ends on this day, be it in the future."""
    if last_period_end(cadence, period_end) != period_end:
        raise NotAPeriod


def check_period_end(cadence: Cadence, period_end: date, today: date) -> None:
    """Raises NotAPeriod unless a period of this cadence ended on this day and is over."""
    if period_end > today:
        raise NotAPeriod
    check_whole_period(cadence, period_end)


def cutoff_of(period_end: date, time_zone: str) -> datetime:
    """The UTC instant at which the period is over: midnight, local time."""
    return datetime.combine(period_end, time(), ZoneInfo(time_zone)).astimezone(UTC)


def run_at(period_end: date, time_zone: str) -> datetime:
    """The UTC instant at which the run for this period is due: 08:00 local time, also when the clocks change."""
    return datetime.combine(period_end, RUN_AT, ZoneInfo(time_zone)).astimezone(UTC)


def next_run_for(cadence: Cadence, available_from: datetime, now: datetime, time_zone: str) -> tuple[date, datetime]:
    """The first run still to come that would pay what becomes available at this instant: its period end, and when."""
    zone = ZoneInfo(time_zone)
    period_end = last_period_end(cadence, available_from.astimezone(zone).date())
    while cutoff_of(period_end, time_zone) <= available_from or run_at(period_end, time_zone) <= now:
        period_end = next_period_end(cadence, period_end)
    return period_end, run_at(period_end, time_zone)
