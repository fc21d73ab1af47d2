"""Draft the payout of one vendor, currency and period, or carry the money forward and say why."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from commands.vendor_money import begin_period, open_ledger
from commands.work import Work
from domain.ids import payout_id
from domain.payout import Payout
from domain.vendor import Cadence, Vendor
from domain.vendor_ledger import minimum_payout_minor


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
    payable = ledger.payable_minor(command.cutoff)
    if not ledger.payable_lines(command.cutoff):
        return None
    reason = _why_not(vendor, command.currency, payable)
    if reason is not None or vendor.stripe_account_id is None:
        assert reason is not None
        ledger.carry_forward(period_end=command.period_end, payable_minor=payable, reason=reason, now=now)
        return None
    lines = ledger.close(payout_id=new_id, cutoff=command.cutoff, now=now)
    await begin_period(work, vendor, command.currency, ledger.remaining_lines)
    return work.add(
        Payout.draft(
            payout_id=new_id,
            vendor_id=command.vendor_id,
            currency=command.currency,
            cadence=command.cadence,
            period_end=command.period_end,
            destination=vendor.stripe_account_id,
            lines=lines,
            now=now,
        )
    )


def _why_not(vendor: Vendor, currency: str, payable_minor: int) -> str | None:
    if payable_minor < minimum_payout_minor(currency):
        return "below minimum"
    if not vendor.ready:
        return "payout account not ready"
    return None
