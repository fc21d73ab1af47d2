"""What the people of finance do with a payout, or with all payouts of a vendor: hold, release, cancel, try again."""

from dataclasses import dataclass
from uuid import UUID

from commands.vendor_money import open_ledger
from commands.work import Work
from domain import payout_control
from domain.ids import vendor_stream_id
from domain.payout import Payout
from domain.refusal import NotAllowed
from domain.vendor import Vendor


@dataclass(frozen=True, slots=True)
class HoldPayout:
    payout_id: UUID
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ReleasePayout:
    payout_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CancelPayout:
    payout_id: UUID
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RetryPayout:
    payout_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class HoldVendorPayouts:
    """Every payout of a vendor, from the next run on."""

    vendor_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseVendorPayouts:
    vendor_id: UUID


@dataclass(frozen=True, slots=True)
class LimitClawback:
    """At most this share of a payout's earnings, in basis points, is taken for what the vendor owes from before."""

    vendor_id: UUID
    clawback_bp: int
    reason: str


async def hold_payout(command: HoldPayout, work: Work) -> Payout:
    payout = await _for_finance(work, command.payout_id, command.version)
    payout_control.hold(payout, reason=command.reason, now=await work.now())
    return payout


async def release_payout(command: ReleasePayout, work: Work) -> Payout:
    payout = await _for_finance(work, command.payout_id, command.version)
    payout_control.release(payout, now=await work.now())
    return payout


async def cancel_payout(command: CancelPayout, work: Work) -> Payout:
    """Give it up; what was not sent yet is the vendor's again at once, the rest when its transfer is reversed."""
    payout = await _for_finance(work, command.payout_id, command.version)
    if payout_control.cancel(payout, reason=command.reason, now=await work.now()):
        await give_lines_back(work, payout)
    return payout


async def retry_payout(command: RetryPayout, work: Work) -> Payout:
    payout = await _for_finance(work, command.payout_id, command.version)
    payout_control.retry(payout, now=await work.now())
    return payout


async def hold_vendor_payouts(command: HoldVendorPayouts, work: Work) -> Vendor:
    check_finance(work)
    vendor = await work.get(Vendor, vendor_stream_id(command.vendor_id))
    vendor.hold_payouts(reason=command.reason, now=await work.now())
    return vendor


async def release_vendor_payouts(command: ReleaseVendorPayouts, work: Work) -> Vendor:
    check_finance(work)
    vendor = await work.get(Vendor, vendor_stream_id(command.vendor_id))
    vendor.release_payouts(now=await work.now())
    return vendor


async def limit_clawback(command: LimitClawback, work: Work) -> Vendor:
    check_finance(work)
    vendor = await work.get(Vendor, vendor_stream_id(command.vendor_id))
    vendor.limit_clawback(clawback_bp=command.clawback_bp, reason=command.reason, now=await work.now())
    return vendor


async def give_lines_back(work: Work, payout: Payout) -> None:
    """The lines of a payout that came to nothing, for the next one."""
    _, ledger = await open_ledger(work, payout.vendor_id, payout.currency)
    ledger.take_back(payout_id=payout.id, lines=payout.lines, now=await work.now())


async def _for_finance(work: Work, payout_id: UUID, version: int | None) -> Payout:
    check_finance(work)
    return await work.get(Payout, payout_id, version=version)


def check_finance(work: Work) -> None:
    """Raises NotAllowed for anybody else."""
    if work.by.role not in {"finance", "admin", "system"}:
        raise NotAllowed
