"""Days on which the clocks change, in several zones."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

# Per zone: the days of 2026 on which the clocks change, and how long it is from noon to noon.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29), 23),
    ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Asia/Kathmandu", date(2026, 3, 29), 24),
    ("Asia/Kathmandu", date(2026, 10, 25), 24),
]


def noon(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(zone))
