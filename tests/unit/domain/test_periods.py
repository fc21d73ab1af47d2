"""Payout periods: Mondays and firsts, and 08:00 local time also when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.periods import RUN_AT, NotAPeriod, check_period_end, cutoff_of, last_period_end, next_period_end, run_at
from domain.vendor import Cadence

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
CADENCES: st.SearchStrategy[Cadence] = st.sampled_from(["weekly", "monthly"])


@settings(deadline=None)
@given(today=DAYS, cadence=CADENCES)
def test_the_last_period_is_the_newest_that_is_over(today: date, cadence: Cadence) -> None:
    end = last_period_end(cadence, today)
    assert end <= today < next_period_end(cadence, end)
    check_period_end(cadence, end, today)
    assert end.weekday() == 0 if cadence == "weekly" else end.day == 1


@settings(deadline=None)
@given(end=DAYS, cadence=CADENCES)
def test_only_ends_of_periods_are_ends_of_periods(end: date, cadence: Cadence) -> None:
    is_one = end.weekday() == 0 if cadence == "weekly" else end.day == 1
    if is_one:
        check_period_end(cadence, end, end)
        end += timedelta(days=1)
    with pytest.raises(NotAPeriod):
        check_period_end(cadence, end, end - timedelta(days=1) if is_one else end)


def test_a_period_that_is_not_over_is_refused() -> None:
    check_period_end("weekly", date(2026, 3, 30), date(2026, 3, 30))
    with pytest.raises(NotAPeriod):
        check_period_end("weekly", date(2026, 3, 30), date(2026, 3, 29))


@pytest.mark.parametrize(
    ("end", "after"),
    [(date(2026, 12, 1), date(2027, 1, 1)), (date(2028, 2, 1), date(2028, 3, 1)), (date(2026, 1, 1), date(2026, 2, 1))],
)
def test_months_follow_each_other(end: date, after: date) -> None:
    assert next_period_end("monthly", end) == after


@pytest.mark.parametrize(
    ("zone", "monday", "utc_hour", "week_hours"),
    [
        ("Europe/Berlin", date(2026, 3, 30), 6, 167),
        ("Europe/Berlin", date(2026, 10, 26), 7, 169),
        ("America/New_York", date(2026, 3, 9), 12, 167),
        ("America/New_York", date(2026, 11, 2), 13, 169),
        ("America/Santiago", date(2026, 9, 7), 11, 167),
        ("America/Santiago", date(2026, 4, 6), 12, 169),
        ("Australia/Lord_Howe", date(2026, 10, 5), 21, 167.5),
        ("UTC", date(2026, 3, 30), 8, 168),
    ],
)
def test_a_run_is_due_at_eight_local_time_on_both_daylight_saving_weekends(
    zone: str, monday: date, utc_hour: int, week_hours: float
) -> None:
    due = run_at(monday, zone)
    assert due.hour == utc_hour
    assert due.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(monday, RUN_AT)
    assert due - run_at(monday - timedelta(days=7), zone) == timedelta(hours=week_hours)
    assert due - cutoff_of(monday, zone) == timedelta(hours=8)


def test_a_period_is_over_at_local_midnight_to_the_quarter_of_an_hour() -> None:
    assert cutoff_of(date(2026, 4, 27), "Asia/Kathmandu") == datetime(2026, 4, 26, 18, 15, tzinfo=UTC)


def test_a_run_on_the_very_day_of_a_change_is_at_eight_too() -> None:
    """1 November 2026 is a first and the day on which New York sets its clocks back."""
    assert run_at(date(2026, 11, 1), "America/New_York") == datetime(2026, 11, 1, 13, tzinfo=UTC)
    assert cutoff_of(date(2026, 11, 1), "America/New_York") == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_day_that_begins_at_one_because_midnight_is_skipped_ends_the_period_there() -> None:
    """Chile sets its clocks forward at midnight: Sunday, 6 September 2026 begins at 01:00, one instant after 23:59."""
    santiago = ZoneInfo("America/Santiago")
    over = cutoff_of(date(2026, 9, 6), "America/Santiago")
    assert over == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert over.astimezone(santiago).hour == 1
    assert (over - timedelta(microseconds=1)).astimezone(santiago).date() == date(2026, 9, 5)


def test_a_day_that_has_its_midnight_twice_begins_with_the_first_instant_of_its_date() -> None:
    """On 4 April 2026 Chile sets its clocks back at 24:00 to 23:00: that Saturday has 25 hours, Sunday begins once."""
    saturday, sunday = (cutoff_of(date(2026, 4, day), "America/Santiago") for day in (4, 5))
    assert sunday - saturday == timedelta(hours=25)
    assert (sunday - timedelta(microseconds=1)).astimezone(ZoneInfo("America/Santiago")).date() == date(2026, 4, 4)


@settings(deadline=None)
@given(
    day=DAYS,
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut"]
    ),
)
def test_the_instant_before_a_cutoff_is_the_day_before_wherever_the_clocks_change(day: date, zone: str) -> None:
    """In all of these but the first two, clocks change at midnight."""
    over = cutoff_of(day, zone)
    assert over.astimezone(ZoneInfo(zone)).date() == day
    assert (over - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() == day - timedelta(days=1)
