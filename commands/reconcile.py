"""Begin and end a comparison with Stripe, and book what it moved without our knowing why."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from commands.work import Work
from domain.balance_entry import BalanceEntry
from domain.ids import derived_id
from domain.reconciliation import Reconciliation
from domain.stray_entry import StrayEntry, stray_entry_id


def daily_run_id(day: date) -> UUID:
    """One run a day by the schedule; those on demand have ids of their own."""
    return derived_id("reconciliation", day)


@dataclass(frozen=True, slots=True)
class StartReconciliation:
    run_id: UUID


@dataclass(frozen=True, slots=True)
class FinishReconciliation:
    """How many balance transactions agree, and how many do not."""

    run_id: UUID
    matched: int
    ours_only: int
    theirs_only: int
    different: int


@dataclass(frozen=True, slots=True)
class SuspendEntry:
    """A balance transaction that nothing of ours explains; `kind` and `source` are Stripe's words for it."""

    entry: BalanceEntry
    kind: str
    source: str | None


@dataclass(frozen=True, slots=True)
class IdentifyEntry:
    """A suspended balance transaction that another event has booked meanwhile."""

    balance_transaction_id: str


async def start_reconciliation(command: StartReconciliation, work: Work) -> Reconciliation:
    known = await work.find(Reconciliation, command.run_id)
    return known or work.add(Reconciliation.start(run_id=command.run_id, now=await work.now()))


async def finish_reconciliation(command: FinishReconciliation, work: Work) -> Reconciliation:
    run = await work.get(Reconciliation, command.run_id)
    run.finish(
        matched=command.matched,
        ours_only=command.ours_only,
        theirs_only=command.theirs_only,
        different=command.different,
        now=await work.now(),
    )
    return run


async def suspend_entry(command: SuspendEntry, work: Work) -> StrayEntry:
    known = await work.find(StrayEntry, stray_entry_id(command.entry.balance_transaction_id))
    return known or work.add(
        StrayEntry.suspend(command.entry, kind=command.kind, source=command.source, now=await work.now())
    )


async def identify_entry(command: IdentifyEntry, work: Work) -> StrayEntry:
    stray = await work.get(StrayEntry, stray_entry_id(command.balance_transaction_id))
    stray.identify(now=await work.now())
    return stray
