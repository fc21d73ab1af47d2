"""Local times of a place as instants, also where its clocks are changed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instant_of(local: datetime, time_zone: str) -> datetime:
    """The UTC instant of a naive local time, as RFC 5545, section 3.3.5 reads it.

    A time that the clocks jump over is moved forward by the gap; of a time that comes twice, it is the first.
    """
    assert local.tzinfo is None
    return local.replace(tzinfo=ZoneInfo(time_zone), fold=0).astimezone(UTC)


def local_of(instant: datetime, time_zone: str) -> datetime:
    """What the clock on the wall shows at `instant`, naive."""
    return instant.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None, fold=0)
