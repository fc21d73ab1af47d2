"""What people read: instants on a local clock, lengths of time, amounts."""

from datetime import UTC, datetime

import pytest

from domain.duration import parse_duration
from domain.words import said_amount, said_count, said_duration, said_instant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("P7D", "7 days"),
        ("P1D", "1 day"),
        ("P1W", "7 days"),
        ("PT24H", "24 hours"),
        ("PT90M", "1 hour and 30 minutes"),
        ("P1DT12H", "1 day and 12 hours"),
        ("P2DT1H1M1S", "2 days, 1 hour, 1 minute and 1 second"),
        ("PT0S", "0 minutes"),
    ],
)
def test_a_duration_is_said(text: str, said: str) -> None:
    assert said_duration(parse_duration(text)) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Berlin", "Sun 29 March 2026, 03:00 Europe/Berlin"),
        ("America/New_York", "Sat 28 March 2026, 21:00 America/New_York"),
        ("Asia/Kathmandu", "Sun 29 March 2026, 06:45 Asia/Kathmandu"),
    ],
)
def test_an_instant_is_said_on_the_clock_of_the_place(zone: str, said: str) -> None:
    assert said_instant(datetime(2026, 3, 29, 1, tzinfo=UTC), zone) == said


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [(12_50, "EUR", "EUR 12.50"), (5, "EUR", "EUR 0.05"), (1_250, "JPY", "JPY 1250"), (1_250, "KWD", "KWD 1.250")],
)
def test_an_amount_is_said_in_its_own_decimals(minor: int, currency: str, said: str) -> None:
    assert said_amount(minor, currency) == said


def test_one_is_not_many() -> None:
    assert [said_count(n, "place") for n in (1, 2)] == ["1 place", "2 places"]
