"""Housekeeping: one round of what is tidied up every night, and the report of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.root import Event, FirstEvent, Root


@dataclass(frozen=True, slots=True)
class Tidied:
    """What became of one job: how many things it found to do, and how many it did."""

    job: str
    found: int
    done: int

    @property
    def left(self) -> int:
        """What is left over for the next round; what came up meanwhile is not counted."""
        return max(0, self.found - self.done)


class Housekeeping(Root):
    TOPIC = "housekeeping"

    def __init__(self) -> None:
        self.finished = False

    @classmethod
    def start(cls, *, run_id: UUID, scheduled: bool, now: datetime) -> Housekeeping:
        return cls.begin(cls.Started, stream_id=run_id, now=now, scheduled=scheduled)

    def finish(self, jobs: tuple[Tidied, ...], *, now: datetime) -> None:
        """The report, in the order in which the jobs were done; a round finishes once."""
        if not self.finished:
            self.record(self.Finished, now=now, jobs=jobs)

    class Started(FirstEvent):
        """A round begins: as a task when the schedule wants it, else by whoever asked for it, there and then."""

        TOPIC = "housekeeping.started"
        scheduled: bool

        def apply(self, aggregate: Housekeeping) -> None:
            """Nothing is known yet."""

    class Finished(Event):
        """Every job has been done as far as it could be."""

        TOPIC = "housekeeping.finished"
        jobs: tuple[Tidied, ...]

        def apply(self, aggregate: Housekeeping) -> None:
            aggregate.finished = True
