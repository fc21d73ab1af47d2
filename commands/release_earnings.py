"""Make a vendor's pending money available once its settlement delay has passed."""

from dataclasses import dataclass
from uuid import UUID

from commands.vendor_money import open_ledger
from commands.work import Work
from domain.vendor_ledger import VendorLedger


@dataclass(frozen=True, slots=True)
class ReleaseEarnings:
    vendor_id: UUID
    currency: str


async def release_earnings(command: ReleaseEarnings, work: Work) -> VendorLedger:
    _, ledger = await open_ledger(work, command.vendor_id, command.currency)
    ledger.release_due(now=await work.now())
    return ledger
