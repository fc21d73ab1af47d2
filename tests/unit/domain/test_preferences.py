"""Quiet hours in a person's own time, and who wants what."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.preferences import BY_DEFAULT, CHANNELS, GROUPS, QuietHours, is_wanted

BERLIN = "Europe/Berlin"
NIGHT = QuietHours("22:00", "07:00", BERLIN)
CLOCK = st.times().map(lambda at: f"{at:%H:%M}")
ZONES = st.sampled_from([BERLIN, "UTC", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"])


def local(hour: int, minute: int = 0, day: int = 10, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


def test_the_night_ends_in_the_morning_after() -> None:
    assert NIGHT.until(local(23)) == local(7, day=11)
    assert NIGHT.until(local(3)) == local(7)
    assert NIGHT.until(local(22)) == local(7, day=11)
    assert NIGHT.until(local(7)) is None
    assert NIGHT.until(local(21, 59)) is None


def test_an_afternoon_ends_on_the_same_day() -> None:
    nap = QuietHours("13:00", "15:00", BERLIN)
    assert nap.until(local(14)) == local(15)
    assert nap.until(local(12, 59)) is None
    assert nap.until(local(15)) is None


def test_no_length_at_all_is_no_quiet() -> None:
    assert QuietHours("22:00", "22:00", BERLIN).until(local(22)) is None


def test_the_night_in_which_clocks_change_ends_by_the_clock() -> None:
    assert NIGHT.until(local(23, day=28, month=3)) == local(7, day=29, month=3)
    assert local(7, day=29, month=3) - local(23, day=28, month=3) == timedelta(hours=7)


@given(CLOCK, CLOCK, ZONES, st.integers(1_700_000_000, 1_900_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)))
def test_quiet_ends_within_a_day_and_is_over_then(starts: str, ends: str, zone: str, now: datetime) -> None:
    quiet = QuietHours(starts, ends, zone)
    until = quiet.until(now)
    if until is not None:
        assert until.tzinfo is UTC
        # On the night on which clocks go back an hour comes twice.
        assert now - timedelta(hours=1) <= until <= now + timedelta(hours=25)


def test_what_was_never_chosen_is_as_it_is_for_everybody() -> None:
    for group in GROUPS:
        for channel in CHANNELS:
            assert is_wanted({}, group, channel) == BY_DEFAULT[channel]
            assert is_wanted({f"{group}.{channel}": True}, group, channel)
