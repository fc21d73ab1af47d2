"""Say what a balance transaction on suspense is: proposed by one person of finance, decided by another."""

from dataclasses import dataclass
from uuid import UUID

from commands.adjust import person_of_finance
from commands.work import Work
from domain.booking import Booking
from domain.stray_entry import StrayEntry
from domain.stray_entry_events import Explanation


@dataclass(frozen=True, slots=True)
class ProposeExplanation:
    entry_id: UUID
    explanation: Explanation
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ApproveExplanation:
    entry_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RejectExplanation:
    entry_id: UUID
    version: int | None = None


async def propose_explanation(command: ProposeExplanation, work: Work) -> StrayEntry:
    by = person_of_finance(work)
    stray = await work.get(StrayEntry, command.entry_id, version=command.version)
    if command.explanation.booking_id is not None:
        await work.get(Booking, command.explanation.booking_id)
    stray.propose(command.explanation, by=by, now=await work.now())
    return stray


async def approve_explanation(command: ApproveExplanation, work: Work) -> StrayEntry:
    by = person_of_finance(work)
    stray = await work.get(StrayEntry, command.entry_id, version=command.version)
    stray.approve(by=by, now=await work.now())
    return stray


async def reject_explanation(command: RejectExplanation, work: Work) -> StrayEntry:
    by = person_of_finance(work)
    stray = await work.get(StrayEntry, command.entry_id, version=command.version)
    stray.reject(by=by, now=await work.now())
    return stray
