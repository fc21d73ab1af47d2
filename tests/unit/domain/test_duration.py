"""Durations: days on the calendar, hours on the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.duration import Duration, instant_after, instant_before, parse_duration
from domain.refusal import InvalidTerms
from tests.unit.clock_changes import CHANGES, noon

DAY = 86_400


@pytest.mark.parametrize(
    ("text", "days", "seconds"),
    [
        ("P7D", 7, 0),
        ("P1W", 7, 0),
        ("P2W3D", 17, 0),
        ("PT24H", 0, DAY),
        ("PT90M", 0, 5_400),
        ("PT5S", 0, 5),
        ("P1DT12H", 1, DAY // 2),
        ("P1DT1H1M1S", 1, 3_661),
        ("PT0S", 0, 0),
        ("P0D", 0, 0),
    ],
)
def test_a_duration_is_read(text: str, days: int, seconds: int) -> None:
    assert parse_duration(text) == Duration(days, seconds)
    assert parse_duration(text).total_seconds == days * DAY + seconds


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "7D", "P1DT", "P1M", "P1Y", "P-1D", "-P1D", "P1.5D", "p7d", " P7D", "P7D\n", "PT1D", "P1H", "P٣D"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidTerms):
        parse_duration(text)


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_a_day_before_is_the_same_time_on_the_clock_when_the_clocks_change(zone: str, day: date, hours: float) -> None:
    start = noon(day, zone).astimezone(UTC)
    deadline = instant_before(start, parse_duration("P1D"), zone)
    assert start - deadline == timedelta(hours=hours)
    local = deadline.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute, local.date()) == (12, 0, day - timedelta(days=1))


@pytest.mark.parametrize(("zone", "day", "_hours"), CHANGES)
def test_hours_before_are_real_hours_when_the_clocks_change(zone: str, day: date, _hours: float) -> None:
    start = noon(day, zone).astimezone(UTC)
    assert start - instant_before(start, parse_duration("PT24H"), zone) == timedelta(hours=24)


def test_a_deadline_that_the_clocks_skip_is_an_hour_later_on_the_clock() -> None:
    """02:30 does not exist on 29 March in Berlin; the deadline falls on 03:30, after the gap."""
    start = datetime(2026, 3, 30, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert instant_before(start, parse_duration("P1D"), "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_deadline_that_the_clocks_have_twice_is_the_first() -> None:
    start = datetime(2026, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert instant_before(start, parse_duration("P1D"), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_days_after_keep_the_wall_time_and_hours_are_hours(zone: str, day: date, hours: float) -> None:
    before, after = noon(day - timedelta(days=1), zone).astimezone(UTC), noon(day, zone).astimezone(UTC)
    assert after - before == timedelta(hours=hours)
    assert instant_after(before, parse_duration("P1D"), zone) == after
    assert instant_after(before, parse_duration("PT24H"), zone) == before + timedelta(hours=24)
    assert instant_after(before, parse_duration("P1DT90M"), zone) == after + timedelta(minutes=90)


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_comes_twice_is_left_as_it_is(fold: int) -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold).astimezone(UTC)
    for zero in ("PT0S", "P0D"):
        assert instant_before(twice, parse_duration(zero), "Europe/Berlin") == twice
        assert instant_after(twice, parse_duration(zero), "Europe/Berlin") == twice
