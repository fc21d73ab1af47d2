"""How a vendor is paid: cadence, and the Stripe account to pay to."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.ids import vendor_stream_id
from domain.refusal import NotAllowed
from domain.vendor import Cadence, Vendor


@dataclass(frozen=True, slots=True)
class ChooseCadence:
    cadence: Cadence


@dataclass(frozen=True, slots=True)
class RequestPayoutAccount:
    pass


@dataclass(frozen=True, slots=True)
class RecordPayoutAccount:
    """Stripe's account for a vendor, whether transfers and payouts are possible now, and what is missing for them."""

    vendor_id: UUID
    stripe_account_id: str
    ready: bool
    requirements: tuple[str, ...] = ()
    bank_account_id: str | None = None


async def choose_cadence(command: ChooseCadence, work: Work) -> Vendor:
    vendor = await _me(work)
    vendor.choose_cadence(command.cadence, now=await work.now())
    return vendor


async def request_payout_account(_: RequestPayoutAccount, work: Work) -> Vendor:
    vendor = await _me(work)
    vendor.request_account(now=await work.now())
    return vendor


async def record_payout_account(command: RecordPayoutAccount, work: Work) -> Vendor:
    vendor = await work.get(Vendor, vendor_stream_id(command.vendor_id))
    vendor.account_seen(
        stripe_account_id=command.stripe_account_id,
        ready=command.ready,
        requirements=command.requirements,
        bank_account_id=command.bank_account_id,
        now=await work.now(),
    )
    return vendor


async def _me(work: Work) -> Vendor:
    if work.by.role != "vendor" or work.by.account_id is None:
        raise NotAllowed
    return await work.get(Vendor, vendor_stream_id(work.by.account_id))
