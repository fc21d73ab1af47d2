"""Record what Stripe says about a payout's transfer and about its way to the bank."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.work import Work
from domain.payment import BalanceEntry
from domain.payout import Payout


@dataclass(frozen=True, slots=True)
class RecordTransfer:
    payout_id: UUID
    transfer_id: str
    entry: BalanceEntry | None


@dataclass(frozen=True, slots=True)
class RecordBankPayout:
    payout_id: UUID
    stripe_payout_id: str
    status: Literal["pending", "in_transit", "paid", "failed", "canceled"]
    failure_code: str | None = None


async def record_transfer(command: RecordTransfer, work: Work) -> Payout:
    payout = await work.get(Payout, command.payout_id)
    now = await work.now()
    payout.transferred(transfer_id=command.transfer_id, now=now)
    if command.entry is not None:
        payout.transfer_settled_by(command.entry, now=now)
    return payout


async def record_bank_payout(command: RecordBankPayout, work: Work) -> Payout:
    payout = await work.get(Payout, command.payout_id)
    now = await work.now()
    payout.bank_submitted(stripe_payout_id=command.stripe_payout_id, now=now)
    if command.status == "paid":
        payout.paid(now=now)
    elif command.status in {"failed", "canceled"}:
        payout.failed(code=command.failure_code or command.status, now=now)
    return payout
