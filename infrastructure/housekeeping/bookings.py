"""Jobs about bookings: what the schedule has not come to yet, and the archive."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.refusal import Refusal
from infrastructure import archive
from infrastructure.housekeeping.job import Database, House, Job
from infrastructure.housekeeping.overdue import changes, ended, holds, unanswered
from infrastructure.housekeeping.reminders import REMINDERS

Due = Callable[[Database, datetime, str], list[Any]]


def _due(house: House, dues: tuple[Due, ...]) -> list[Any]:
    zone = house.settings.platform_time_zone
    return [command for due in dues for command in due(house.database, house.now, zone)]


def _count(house: House, *, dues: tuple[Due, ...]) -> int:
    return len(_due(house, dues))


def _carry_out(house: House, *, dues: tuple[Due, ...]) -> Iterator[int]:
    """One after the other, each once. What is refused is left over: the schedule asks again and says why it cannot."""
    for command in _due(house, dues):
        try:
            house.dispatch(command)
        except Refusal:
            continue
        yield 1


def _overdue(name: str, does: str, *dues: Due) -> Job:
    return Job(name, does, partial(_count, dues=dues), partial(_carry_out, dues=dues), committed_whole=False)


def _ready(house: House) -> int:
    return sum(month.bookings for month in archive.ready(house.database, house.now, since=house.since))


def _archive(house: House) -> Iterator[int]:
    for moved in archive.archive(house.database, house.now, since=house.since):
        yield moved.bookings


BOOKING_JOBS: Final = (
    _overdue("expire_bookings", "end holds, changes, requests that ran out", holds, changes, unanswered),
    _overdue("remind", "remind of payments, answers and trips", *(due for _, due, _ in REMINDERS)),
    _overdue("complete_bookings", "complete bookings that ended", ended),
    Job("archive", "archive bookings closed over a year ago", _ready, _archive),
)
