"""Record what is about to be asked of Stripe for a payout, and what Stripe says about it.

Beginning a step is recorded before Stripe is asked, so that nobody cancels a payout whose money may have moved.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.payout_control import give_lines_back
from commands.work import Work
from domain.balance_entry import BalanceEntry
from domain.payout import Payout
from domain.payout_events import PayoutStep


@dataclass(frozen=True, slots=True)
class BeginTransfer:
    payout_id: UUID


@dataclass(frozen=True, slots=True)
class RecordTransfer:
    payout_id: UUID
    transfer_id: str
    entry: BalanceEntry | None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class BeginBankPayout:
    payout_id: UUID


@dataclass(frozen=True, slots=True)
class RecordBankPayout:
    payout_id: UUID
    stripe_payout_id: str
    status: Literal["pending", "in_transit", "paid", "failed", "canceled"]
    failure_code: str | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class RecordReversal:
    payout_id: UUID
    reversal_id: str
    entry: BalanceEntry | None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class RecordRefusedStep:
    """Stripe would not do this step now, by this code of its own: nothing has moved."""

    payout_id: UUID
    step: PayoutStep
    code: str


@dataclass(frozen=True, slots=True)
class RecordUnresolved:
    """Stripe was asked for this step, and nobody knows what became of it."""

    payout_id: UUID
    step: PayoutStep
    why: str


async def begin_transfer(command: BeginTransfer, work: Work) -> bool:
    """Whether Stripe may be asked for it now."""
    payout = await work.get(Payout, command.payout_id)
    return payout.begin_transfer(now=await work.now())


async def record_transfer(command: RecordTransfer, work: Work) -> Payout:
    payout = await work.get(Payout, command.payout_id)
    now = await work.now()
    payout.transferred(transfer_id=command.transfer_id, now=now)
    if command.entry is not None:
        payout.transfer_settled_by(command.entry, now=now)
    return payout


async def begin_bank_payout(command: BeginBankPayout, work: Work) -> bool:
    """Whether Stripe may be asked for it now."""
    payout = await work.get(Payout, command.payout_id)
    return payout.begin_bank_payout(now=await work.now())


async def record_bank_payout(command: RecordBankPayout, work: Work) -> Payout:
    payout = await work.get(Payout, command.payout_id)
    now = await work.now()
    payout.bank_submitted(stripe_payout_id=command.stripe_payout_id, now=now)
    if command.status == "paid":
        payout.paid(now=now)
    elif command.status in {"failed", "canceled"}:
        payout.failed(code=command.failure_code or command.status, now=now)
    return payout


async def record_reversal(command: RecordReversal, work: Work) -> Payout:
    """The money is ours again; the lines of the payout are available again, for the next one."""
    payout = await work.get(Payout, command.payout_id)
    now = await work.now()
    if payout.reversed_by(reversal_id=command.reversal_id, now=now):
        await give_lines_back(work, payout)
    if command.entry is not None:
        payout.reversal_settled_by(command.entry, now=now)
    return payout


async def record_refused_step(command: RecordRefusedStep, work: Work) -> Payout:
    payout = await work.get(Payout, command.payout_id)
    payout.refused(step=command.step, code=command.code, now=await work.now())
    return payout


async def record_unresolved(command: RecordUnresolved, work: Work) -> Payout:
    payout = await work.get(Payout, command.payout_id)
    payout.unresolved(step=command.step, why=command.why, now=await work.now())
    return payout
