"""A payout run: started once per cadence and period, finished when every vendor has been looked at."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from commands.work import Work
from domain.ids import payout_run_id
from domain.payout_run import PayoutRun
from domain.periods import check_period_end, cutoff_of, last_period_end
from domain.refusal import NotAllowed
from domain.vendor import Cadence


@dataclass(frozen=True, slots=True)
class StartPayoutRun:
    """`period_end` is exclusive; None means the newest period that is over."""

    cadence: Cadence
    time_zone: str
    period_end: date | None = None


@dataclass(frozen=True, slots=True)
class AdvancePayoutRun:
    """Every vendor up to this one has been looked at; the counts are from the beginning."""

    run_id: UUID
    vendor_id: UUID
    currency: str
    payouts: int
    carried: int
    waiting: int


@dataclass(frozen=True, slots=True)
class FinishPayoutRun:
    run_id: UUID
    payouts: int
    carried: int


async def start_payout_run(command: StartPayoutRun, work: Work) -> PayoutRun:
    if work.by.role not in {"finance", "admin", "system"}:
        raise NotAllowed
    now = await work.now()
    today = now.astimezone(ZoneInfo(command.time_zone)).date()
    period_end = command.period_end or last_period_end(command.cadence, today)
    check_period_end(command.cadence, period_end, today)
    known = await work.find(PayoutRun, payout_run_id(command.cadence, period_end))
    if known is not None:
        return known
    return work.add(
        PayoutRun.start(
            cadence=command.cadence,
            period_end=period_end,
            cutoff=cutoff_of(period_end, command.time_zone),
            now=now,
        )
    )


async def advance_payout_run(command: AdvancePayoutRun, work: Work) -> PayoutRun:
    run = await work.get(PayoutRun, command.run_id)
    run.advance(
        vendor_id=command.vendor_id,
        currency=command.currency,
        payouts=command.payouts,
        carried=command.carried,
        waiting=command.waiting,
        now=await work.now(),
    )
    return run


async def finish_payout_run(command: FinishPayoutRun, work: Work) -> PayoutRun:
    run = await work.get(PayoutRun, command.run_id)
    run.finish(payouts=command.payouts, carried=command.carried, now=await work.now())
    return run
