"""Close the books of a day: once, in the order of the days, by the schedule or by a person of finance."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from commands.work import Work
from domain.daily_close import DailyClose, Standing, daily_close_id
from domain.periods import cutoff_of
from domain.refusal import NotAllowed


@dataclass(frozen=True, slots=True)
class CloseBooks:
    """`standing` is what the journal says of the end of that day; `is_first`: the books begin on it."""

    day: date
    time_zone: str
    standing: Standing
    is_first: bool = False


async def close_books(command: CloseBooks, work: Work) -> DailyClose:
    """A day that is closed stays as it was closed. Two that close the same day at once write one stream: one wins."""
    if work.by.role not in {"finance", "admin", "system"}:
        raise NotAllowed
    known = await work.find(DailyClose, daily_close_id(command.day))
    if known is not None:
        return known
    now = await work.now()
    return work.add(
        DailyClose.close(
            command.day,
            today=now.astimezone(ZoneInfo(command.time_zone)).date(),
            time_zone=command.time_zone,
            cutoff=cutoff_of(command.day + timedelta(days=1), command.time_zone),
            standing=command.standing,
            before=await work.find(DailyClose, daily_close_id(command.day - timedelta(days=1))),
            is_first=command.is_first,
            now=now,
        )
    )
