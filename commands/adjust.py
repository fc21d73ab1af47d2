"""Adjustments of what a vendor has with us: proposed by one person of finance, decided by another."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.vendor_money import adjust, open_ledger
from commands.work import Work
from domain.adjustment import Adjustment, Reason
from domain.ids import vendor_stream_id
from domain.money import Money
from domain.refusal import NotAllowed
from domain.vendor import Vendor


@dataclass(frozen=True, slots=True)
class ProposeAdjustment:
    """`amount` above zero is in the vendor's favour, below zero in ours."""

    adjustment_id: UUID
    vendor_id: UUID
    amount: Money
    reason: Reason
    document: str
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApproveAdjustment:
    adjustment_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RejectAdjustment:
    adjustment_id: UUID
    version: int | None = None


async def propose_adjustment(command: ProposeAdjustment, work: Work) -> Adjustment:
    by = person_of_finance(work)
    await work.get(Vendor, vendor_stream_id(command.vendor_id))
    return work.add(
        Adjustment.propose(
            adjustment_id=command.adjustment_id,
            vendor_id=command.vendor_id,
            currency=command.amount.currency,
            amount_minor=command.amount.amount,
            reason=command.reason,
            document=command.document,
            effective_at=command.effective_at,
            by=by,
            now=await work.now(),
        )
    )


async def approve_adjustment(command: ApproveAdjustment, work: Work) -> Adjustment:
    """Booked, and a line of the vendor's at once: what is owed is netted from the next payout."""
    by = person_of_finance(work)
    adjustment = await work.get(Adjustment, command.adjustment_id, version=command.version)
    _, ledger = await open_ledger(work, adjustment.vendor_id, adjustment.currency)
    adjustment.approve(by=by, owed_minor=ledger.owed_minor, now=await work.now())
    await adjust(
        work,
        vendor_id=adjustment.vendor_id,
        booking_id=None,
        currency=adjustment.currency,
        kind="adjustment",
        cause=adjustment.id,
        amount_minor=adjustment.amount_minor,
    )
    return adjustment


async def reject_adjustment(command: RejectAdjustment, work: Work) -> Adjustment:
    by = person_of_finance(work)
    adjustment = await work.get(Adjustment, command.adjustment_id, version=command.version)
    adjustment.reject(by=by, now=await work.now())
    return adjustment


def person_of_finance(work: Work) -> UUID:
    """Whose decision it is, for ever; a machine makes none."""
    if work.by.role not in {"finance", "admin"} or work.by.account_id is None:
        raise NotAllowed
    return work.by.account_id
