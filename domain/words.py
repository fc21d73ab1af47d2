"""How instants, lengths of time and amounts are said to people, in English."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.duration import Duration
from domain.money import exponent

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# fmt: off
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)
# fmt: on


def said_day(instant: datetime, time_zone: str) -> str:
    """The local day, as "Sat 6 June 2026"."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def said_time(instant: datetime, time_zone: str) -> str:
    """The local time of day, as "09:00"."""
    return f"{instant.astimezone(ZoneInfo(time_zone)):%H:%M}"


def said_instant(instant: datetime, time_zone: str) -> str:
    """The local day and time with the zone, as "Sat 6 June 2026, 09:00 Europe/Berlin"."""
    return f"{said_day(instant, time_zone)}, {said_time(instant, time_zone)} {time_zone}"


def said_duration(duration: Duration) -> str:
    """As "7 days", "36 hours", "1 day and 12 hours": days and hours are not the same when the clocks change."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    amounts = ((duration.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    parts = [said_count(amount, word) for amount, word in amounts if amount]
    if len(parts) < 2:
        return parts[0] if parts else "0 minutes"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def said_count(number: int, word: str) -> str:
    """As "1 place" or "2 places"."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def said_amount(amount_minor: int, currency: str) -> str:
    """As "EUR 12.50", "JPY 1250", "KWD 1.250"."""
    decimals = exponent(currency)
    if not decimals:
        return f"{currency} {amount_minor}"
    whole, rest = divmod(amount_minor, 10**decimals)
    return f"{currency} {whole}.{rest:0{decimals}}"
