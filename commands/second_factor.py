"""The second factor of an account: offered, confirmed with a code of it, used up code by code, removed."""

from dataclasses import dataclass, field
from uuid import UUID

from commands.work import Work
from domain.account import Account


@dataclass(frozen=True, slots=True)
class OfferSecondFactor:
    """`secret_sealed` opens only in the event after `version`: VersionMismatch if the account has moved on since."""

    account_id: UUID
    version: int
    secret_sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConfirmSecondFactor:
    """A code of the offered secret was given back; `recovery_sealed` are hashes of the recovery codes."""

    account_id: UUID
    version: int
    recovery_sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UseRecoveryCode:
    account_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class RemoveSecondFactor:
    account_id: UUID


async def offer_second_factor(command: OfferSecondFactor, work: Work) -> Account:
    account = await work.get(Account, command.account_id, version=command.version)
    account.offer_second_factor(secret_sealed=command.secret_sealed, now=await work.now())
    return account


async def confirm_second_factor(command: ConfirmSecondFactor, work: Work) -> Account:
    account = await work.get(Account, command.account_id, version=command.version)
    account.confirm_second_factor(recovery_sealed=command.recovery_sealed, now=await work.now())
    return account


async def use_recovery_code(command: UseRecoveryCode, work: Work) -> Account:
    account = await work.get(Account, command.account_id)
    account.use_recovery_code(command.number, now=await work.now())
    return account


async def remove_second_factor(command: RemoveSecondFactor, work: Work) -> Account:
    account = await work.get(Account, command.account_id)
    account.remove_second_factor(now=await work.now())
    return account
