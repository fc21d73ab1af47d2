"""How a vendor is paid: cadence, the Stripe account to pay to, or a bank account that it names."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from commands.work import Work
from domain.account import Account
from domain.ids import vendor_stream_id
from domain.refusal import NotAllowed
from domain.vendor import Cadence, Vendor

# The fields of an account, sealed under its person's key, that say where a bank transfer goes.
BANK_DETAILS: Final = ("iban", "account_holder", "bic")


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


@dataclass(frozen=True, slots=True)
class ChooseBankTransfer:
    """`sealed` opens only in the event after `version` of my account: VersionMismatch if that has moved on since."""

    version: int
    sealed: dict[str, str] = field(repr=False)
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChooseStripe:
    """The bank account that I had named is forgotten."""


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


async def choose_bank_transfer(command: ChooseBankTransfer, work: Work) -> Vendor:
    """Where the money goes is personal: it stands sealed in the account, and here only which event of it says so."""
    vendor = await _me(work)
    account = await work.get(Account, vendor.vendor_id, version=command.version)
    now = await work.now()
    account.change_profile(sealed=command.sealed, removed=command.removed, now=now)
    vendor.choose_bank_transfer(details_version=account.version, now=now)
    return vendor


async def choose_stripe(_: ChooseStripe, work: Work) -> Vendor:
    vendor = await _me(work)
    account = await work.get(Account, vendor.vendor_id)
    now = await work.now()
    account.change_profile(sealed={}, removed=BANK_DETAILS, now=now)
    vendor.choose_stripe(now=now)
    return vendor


async def _me(work: Work) -> Vendor:
    if work.by.role != "vendor" or work.by.account_id is None:
        raise NotAllowed
    return await work.get(Vendor, vendor_stream_id(work.by.account_id))
