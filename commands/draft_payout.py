"""Draft the payout of one vendor, currency and period, or carry the money forward and say why."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from commands.vendor_money import begin_period, open_ledger
from commands.work import Work
from domain.ids import payout_id
from domain.payable import why_not_paid
from domain.payout import Payout
from domain.vendor import Cadence, Vendor
from domain.vendor_ledger import VendorLedger


@dataclass(frozen=True, slots=True)
class DraftPayout:
    vendor_id: UUID
    currency: str
    cadence: Cadence
    period_end: date
    cutoff: datetime


async def draft_payout(command: DraftPayout, work: Work) -> Payout | None:
    """The payout of this period, new or known; None if there was nothing to pay or it was carried forward."""
    new_id = payout_id(command.vendor_id, command.currency, command.period_end)
    known = await work.find(Payout, new_id)
    if known is not None:
        return known
    vendor, ledger = await open_ledger(work, command.vendor_id, command.currency)
    now = await work.now()
    ledger.release_due(now=now)
    payable = ledger.payable_minor(command.cutoff, vendor.clawback_bp)
    if not ledger.payable_lines(command.cutoff):
        return None
    reason = await _why_not(work, vendor, ledger, payable)
    destination = vendor.destination_of(command.currency)
    if reason is not None or destination is None:
        assert reason is not None
        ledger.carry_forward(
            cadence=command.cadence, period_end=command.period_end, payable_minor=payable, reason=reason, now=now
        )
        return None
    lines = ledger.close(payout_id=new_id, cutoff=command.cutoff, now=now, clawback_bp=vendor.clawback_bp)
    await begin_period(work, vendor, command.currency, ledger.remaining_lines, after_payout_id=new_id)
    return work.add(
        Payout.draft(
            payout_id=new_id,
            vendor_id=command.vendor_id,
            currency=command.currency,
            cadence=command.cadence,
            period_end=command.period_end,
            method=vendor.paid_by(command.currency),
            destination=destination,
            lines=lines,
            now=now,
        )
    )


async def _why_not(work: Work, vendor: Vendor, ledger: VendorLedger, payable_minor: int) -> str | None:
    return why_not_paid(
        currency=ledger.currency,
        payable_minor=payable_minor,
        on_hold=vendor.payouts_on_hold,
        ready=vendor.destination_of(ledger.currency) is not None,
        last_is_unresolved=await _last_is_unresolved(work, ledger),
    )


async def _last_is_unresolved(work: Work, ledger: VendorLedger) -> bool:
    """Only the last payout can be: while it is, there is no next."""
    if ledger.after_payout_id is None:
        return False
    last = await work.get(Payout, ledger.after_payout_id)
    return last.unresolved_step is not None
