"""Recurrence: what an RRULE names on the clock of a place, and which rules are refused before they cost anything."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.local_time import local_of
from domain.recurrence import AHEAD_MAX, CELLS_MAX, InvalidRecurrence, Recurrence, TooManyCells

BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"
FIRST = datetime(2027, 3, 27, 9, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(rrule: str, first: str, zone: str) -> list[str]:
    return [f"{at:%m-%d %H:%M}" for at in Recurrence.read(rrule).starts(utc(first), zone)]


@pytest.mark.parametrize(
    ("zone", "first", "expected"),
    [
        # Clocks forward, 28 March 2027, 02:00 -> 03:00; back, 31 October, 03:00 -> 02:00.
        (BERLIN, "2027-03-27T09:00", ["03-27 09:00", "03-28 08:00", "03-29 08:00"]),
        (BERLIN, "2027-10-30T08:00", ["10-30 08:00", "10-31 09:00", "11-01 09:00"]),
        # 14 March, 02:00 -> 03:00; 7 November, 02:00 -> 01:00.
        (NEW_YORK, "2027-03-13T15:00", ["03-13 15:00", "03-14 14:00", "03-15 14:00"]),
        (NEW_YORK, "2027-11-06T14:00", ["11-06 14:00", "11-07 15:00", "11-08 15:00"]),
        # Half an hour: 4 April, 02:00 -> 01:30; 3 October, 02:00 -> 02:30.
        (LORD_HOWE, "2027-04-02T23:00", ["04-02 23:00", "04-03 23:30", "04-04 23:30"]),
        (LORD_HOWE, "2027-10-01T23:30", ["10-01 23:30", "10-02 23:00", "10-03 23:00"]),
        # Never changed, and 45 minutes off the hour.
        (KATHMANDU, "2027-03-27T04:15", ["03-27 04:15", "03-28 04:15", "03-29 04:15"]),
    ],
)
def test_ten_in_the_morning_stays_ten_in_the_morning(zone: str, first: str, expected: list[str]) -> None:
    assert starts("FREQ=DAILY;COUNT=3", first, zone) == expected


@pytest.mark.parametrize(
    ("zone", "first", "expected"),
    [
        (BERLIN, "2027-03-27T01:30", ["03-27 01:30", "03-28 01:30", "03-29 00:30"]),
        (NEW_YORK, "2027-03-13T07:30", ["03-13 07:30", "03-14 07:30", "03-15 06:30"]),
        (LORD_HOWE, "2027-10-01T15:45", ["10-01 15:45", "10-02 15:45", "10-03 15:15"]),
    ],
)
def test_a_time_that_the_clocks_jump_over_is_moved_by_the_gap(zone: str, first: str, expected: list[str]) -> None:
    assert starts("FREQ=DAILY;COUNT=3", first, zone) == expected


@pytest.mark.parametrize(
    ("zone", "first", "expected"),
    [
        (BERLIN, "2027-10-30T00:30", ["10-30 00:30", "10-31 00:30", "11-01 01:30"]),
        (NEW_YORK, "2027-11-06T05:30", ["11-06 05:30", "11-07 05:30", "11-08 06:30"]),
        (LORD_HOWE, "2027-04-02T14:45", ["04-02 14:45", "04-03 14:45", "04-04 15:15"]),
    ],
)
def test_a_time_that_comes_twice_is_its_first(zone: str, first: str, expected: list[str]) -> None:
    assert starts("FREQ=DAILY;COUNT=3", first, zone) == expected


def test_the_first_departure_is_the_one_that_was_named_even_in_the_hour_that_comes_twice() -> None:
    assert starts("FREQ=DAILY;COUNT=2", "2027-10-31T01:30", BERLIN) == ["10-31 01:30", "11-01 01:30"]


def test_every_hour_over_the_gap_is_named_once() -> None:
    # 01:00, (02:00 is) 03:00, 03:00 again, 04:00 on the wall.
    assert starts("FREQ=HOURLY;COUNT=3", "2027-03-28T00:00", BERLIN) == ["03-28 00:00", "03-28 01:00", "03-28 02:00"]


@pytest.mark.parametrize(
    ("rrule", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=SA,SU;COUNT=3", ["03-27 09:00", "03-28 08:00", "04-03 08:00"]),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=2", ["03-29 08:00", "04-05 08:00"]),
        ("rrule:freq=monthly;byday=-1su;count=2", ["03-28 08:00", "04-25 08:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", ["03-31 08:00", "05-31 08:00"]),
        ("FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30;COUNT=3", ["03-27 13:00", "03-27 13:30", "03-28 07:00"]),
        ("FREQ=YEARLY;BYMONTH=7;BYDAY=1MO;COUNT=1", ["07-05 08:00"]),
        ("FREQ=DAILY;UNTIL=20270329", ["03-27 09:00", "03-28 08:00", "03-29 08:00"]),
        ("FREQ=DAILY;UNTIL=20270329T100000", ["03-27 09:00", "03-28 08:00", "03-29 08:00"]),
        ("FREQ=DAILY;UNTIL=20270329T080000Z", ["03-27 09:00", "03-28 08:00", "03-29 08:00"]),
        ("FREQ=DAILY;UNTIL=20270329T075959Z", ["03-27 09:00", "03-28 08:00"]),
    ],
)
def test_rules_say_what_rfc_5545_says(rrule: str, expected: list[str]) -> None:
    assert starts(rrule, "2027-03-27T09:00", BERLIN) == expected


@pytest.mark.parametrize(
    "rrule",
    [
        "",
        "FREQ",
        "FREQ=DAILY",
        "COUNT=3",
        "FREQ=DAILY;COUNT=3;UNTIL=20270401",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=1e3",
        "FREQ=SECONDLY;COUNT=10",
        "FREQ=MINUTELY;UNTIL=20290101",
        "FREQ=FORTNIGHTLY;COUNT=2",
        "FREQ=DAILY;COUNT=2;",
        "FREQ=DAILY;COUNT=2;COUNT=3",
        "FREQ=DAILY;INTERVAL=0;COUNT=2",
        "FREQ=DAILY;INTERVAL=1,2;COUNT=2",
        "FREQ=DAILY;BYMONTH=13;COUNT=2",
        "FREQ=DAILY;BYHOUR=24;COUNT=2",
        "FREQ=DAILY;BYMONTHDAY=0;COUNT=2",
        "FREQ=DAILY;BYSECOND=1;COUNT=2",
        "FREQ=DAILY;BYEASTER=0;COUNT=2",
        "FREQ=WEEKLY;BYDAY=2MO;COUNT=2",
        "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
        "FREQ=MONTHLY;BYWEEKNO=3;COUNT=2",
        "FREQ=DAILY;UNTIL=2027-04-01",
        "FREQ=DAILY;UNTIL=20270230",
        "FREQ=DAILY;COUNT=2\nEXDATE:20270328T090000",
        "DTSTART:20270327T090000\nRRULE:FREQ=DAILY;COUNT=2",
        "FREQ=DAILY;COUNT=2;X-MINE=1",
        "FREQ=DAILY;COUNT=2;BYDAY=" + "MO," * 200 + "MO",
        # Fine as rules, but they name nothing, or not enough of it within two years.
        "FREQ=DAILY;UNTIL=20270326",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20990101",
        "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=999;COUNT=2",
        "FREQ=DAILY;BYHOUR=9;BYSETPOS=300;COUNT=1",
        "FREQ=YEARLY;COUNT=5",
        "FREQ=DAILY;COUNT=1000",
    ],
)
def test_what_is_no_rule_that_ends_in_time_is_refused(rrule: str) -> None:
    began = time.perf_counter()
    with pytest.raises(InvalidRecurrence):
        Recurrence.read(rrule).starts(FIRST, BERLIN)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "rrule", ["FREQ=HOURLY;COUNT=1001", "FREQ=DAILY;COUNT=999999999", "FREQ=HOURLY;UNTIL=20280101"]
)
def test_so_many_are_refused(rrule: str) -> None:
    with pytest.raises(TooManyCells):
        Recurrence.read(rrule).starts(FIRST, BERLIN)


def test_a_thousand_can_be_opened() -> None:
    assert len(Recurrence.read("FREQ=HOURLY;COUNT=1000").starts(FIRST, BERLIN)) == CELLS_MAX


zones = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU])
firsts = st.datetimes(datetime(2024, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)


@settings(max_examples=200, deadline=None)
@given(zones, firsts, st.integers(1, 13), st.integers(2, 57))
def test_every_local_time_is_the_one_that_was_asked_for(zone: str, first: datetime, interval: int, count: int) -> None:
    """Counted here by the calendar alone; where the clocks jump over a time it may only be later, by the gap."""
    found = Recurrence.read(f"FREQ=DAILY;INTERVAL={interval};COUNT={count}").starts(first, zone)
    local_first = local_of(first, zone)
    wanted = [local_first + timedelta(days=n * interval) for n in range(count)]
    assert len(found) == count
    assert list(found) == sorted(set(found))
    assert found[0] == first
    assert found[-1] - first <= AHEAD_MAX
    late = [local_of(at, zone) - local for at, local in zip(found, wanted, strict=True)]
    assert set(late) <= {timedelta(), timedelta(minutes=30), timedelta(hours=1)}
    assert sum(gap > timedelta() for gap in late) <= 1 + (found[-1] - first).days // 300


@settings(max_examples=100, deadline=None)
@given(firsts, st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), st.integers(1, 4))
def test_the_calendar_that_is_borrowed_is_the_same(first: datetime, weekday: str, nth: int) -> None:
    """The nth weekday of twelve months, found by going through the days."""
    found = Recurrence.read(f"FREQ=MONTHLY;BYDAY={nth}{weekday};COUNT=12").starts(first, "UTC")
    number = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].index(weekday)
    days = (first.date() + timedelta(days=n) for n in range(400))
    wanted = [day for day in days if day.weekday() == number and (day.day - 1) // 7 == nth - 1]
    assert [at.date() for at in found] == wanted[:12]


def test_every_year_that_can_be_named_has_a_twin() -> None:
    for year in range(2000, 2201):
        first = datetime(year, 1, 1, 9, tzinfo=UTC)
        leap_day = [at.date() for at in Recurrence.read(f"FREQ=DAILY;UNTIL={year + 1}1231").starts(first, "UTC")]
        assert leap_day == [date(year, 1, 1) + timedelta(days=n) for n in range(len(leap_day))]
        assert leap_day[-1] == date(year + 1, 12, 31)
