"""Nights of a stay by the local clock, also where it is changed."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.local_time import instant_of
from domain.stay import InvalidStayTimes, NotNights, StayTimes, StayTooLong

BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "night", "starts_at", "ends_at"),
    [
        (BERLIN, date(2027, 3, 27), "2027-03-27T14:00", "2027-03-28T09:00"),
        (BERLIN, date(2027, 10, 30), "2027-10-30T13:00", "2027-10-31T10:00"),
        (NEW_YORK, date(2027, 3, 13), "2027-03-13T20:00", "2027-03-14T15:00"),
        (NEW_YORK, date(2027, 11, 6), "2027-11-06T19:00", "2027-11-07T16:00"),
        (LORD_HOWE, date(2027, 4, 3), "2027-04-03T04:00", "2027-04-04T00:30"),
        (LORD_HOWE, date(2027, 10, 2), "2027-10-02T04:30", "2027-10-03T00:00"),
        (KATHMANDU, date(2027, 3, 27), "2027-03-27T09:15", "2027-03-28T05:15"),
    ],
)
def test_a_night_is_from_three_to_eleven_by_the_local_clock(
    zone: str, night: date, starts_at: str, ends_at: str
) -> None:
    stay = StayTimes("15:00", "11:00", zone)
    [cell] = stay.cells(night, night, 2)
    assert (cell.starts_at, cell.ends_at) == (at(starts_at), at(ends_at))
    assert stay.range(night, night) == (cell.starts_at, cell.ends_at)


def test_check_in_where_the_clocks_are_put_forward_is_later_by_the_gap() -> None:
    stay = StayTimes("02:30", "02:30", BERLIN)
    before, changed = stay.cells(date(2027, 3, 27), date(2027, 3, 28), 1)
    assert (before.ends_at, changed.starts_at) == (at("2027-03-28T01:30"), at("2027-03-28T01:30"))


def test_guests_are_out_when_the_next_come_even_if_only_check_out_is_in_the_gap() -> None:
    stay = StayTimes("03:00", "02:50", BERLIN)
    before, changed = stay.cells(date(2027, 3, 27), date(2027, 3, 28), 1)
    assert before.ends_at == changed.starts_at == at("2027-03-28T01:00")


def test_check_in_that_the_gap_moves_past_midnight_is_found_again() -> None:
    # In Nuuk the clocks go from 22:00 to 23:00 or, since 2024, from 23:00 to midnight.
    stay = StayTimes("23:30", "10:00", "America/Nuuk")
    for night in (date(2026, 3, 28), date(2027, 3, 27)):
        assert stay.nights(*stay.range(night, night)) == (night, night)


@pytest.mark.parametrize(
    ("check_in", "check_out"), [("11:00", "15:00"), ("25:00", "11:00"), ("3 pm", "11:00"), ("", "")]
)
def test_times_that_make_no_sense_are_refused(check_in: str, check_out: str) -> None:
    with pytest.raises(InvalidStayTimes):
        StayTimes(check_in, check_out, BERLIN).check()


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        ("2027-06-01T13:00", "2027-06-01T09:00"),
        ("2027-06-02T13:00", "2027-06-02T09:00"),
        ("2027-06-01T13:00", "2027-06-03T10:00"),
        ("2027-06-01T14:00", "2027-06-03T09:00"),
        ("2027-06-03T13:00", "2027-06-01T09:00"),
    ],
)
def test_what_is_not_from_check_in_to_check_out_is_no_stay(starts_at: str, ends_at: str) -> None:
    with pytest.raises(NotNights):
        StayTimes("15:00", "11:00", BERLIN).nights(at(starts_at), at(ends_at))


def test_a_stay_is_a_year_at_most_and_two_years_can_be_opened() -> None:
    stay = StayTimes("15:00", "11:00", BERLIN)
    first = date(2027, 1, 1)
    starts_at, ends_at = stay.range(first, first + 365 * DAY)
    assert stay.nights(starts_at, ends_at) == (first, first + 365 * DAY)
    with pytest.raises(StayTooLong):
        stay.range(first, first + 366 * DAY)
    with pytest.raises(StayTooLong):
        stay.nights(starts_at, stay.check_out_at(first + 367 * DAY))
    assert len(stay.cells(first, first + 730 * DAY, 1)) == 731
    with pytest.raises(StayTooLong):
        stay.cells(first, first + 731 * DAY, 1)
    with pytest.raises(NotNights):
        stay.cells(first, first - DAY, 1)


zones = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU])
times = st.times().map(lambda time: f"{time:%H:%M}")


@given(zones, times, times, st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(1, 366))
def test_nights_follow_each_other_and_never_overlap(zone: str, one: str, other: str, first: date, nights: int) -> None:
    stay = StayTimes(max(one, other), min(one, other), zone)
    stay.check()
    last = first + (nights - 1) * DAY
    cells = stay.cells(first, last, 1)
    assert len(cells) == nights
    assert all(cell.starts_at < cell.ends_at for cell in cells)
    assert all(night.ends_at <= following.starts_at for night, following in pairwise(cells))
    assert stay.range(first, last) == (cells[0].starts_at, cells[-1].ends_at)
    assert stay.nights(cells[0].starts_at, cells[-1].ends_at) == (first, last)
    check_in = datetime.strptime(stay.check_in, "%H:%M").time()  # noqa: DTZ007 - a local time
    assert [cell.starts_at for cell in cells] == [
        instant_of(datetime.combine(first + n * DAY, check_in), zone) for n in range(nights)
    ]
