"""Begin and end a round of housekeeping; the jobs themselves are in infrastructure/housekeeping/."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from commands.work import Work
from domain.housekeeping import Housekeeping, Tidied
from domain.ids import derived_id


def nightly_round_id(day: date) -> UUID:
    """One round a night by the schedule; those on demand have ids of their own."""
    return derived_id("housekeeping", day)


@dataclass(frozen=True, slots=True)
class StartHousekeeping:
    """`scheduled`: a task is to do it. Otherwise the caller does."""

    run_id: UUID
    scheduled: bool


@dataclass(frozen=True, slots=True)
class FinishHousekeeping:
    run_id: UUID
    jobs: tuple[Tidied, ...]


async def start_housekeeping(command: StartHousekeeping, work: Work) -> Housekeeping:
    known = await work.find(Housekeeping, command.run_id)
    return known or work.add(
        Housekeeping.start(run_id=command.run_id, scheduled=command.scheduled, now=await work.now())
    )


async def finish_housekeeping(command: FinishHousekeeping, work: Work) -> Housekeeping:
    run = await work.get(Housekeeping, command.run_id)
    run.finish(command.jobs, now=await work.now())
    return run
