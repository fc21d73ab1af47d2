"""What people change about their own account. Personal data arrives sealed for the event it will stand in."""

from dataclasses import dataclass, field
from uuid import UUID

from commands.work import Work
from domain.account import Account
from domain.account_events import WhyPassword


@dataclass(frozen=True, slots=True)
class VerifyEmail:
    account_id: UUID


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """`sealed` opens only in the event after `version`: VersionMismatch if the account has moved on since."""

    account_id: UUID
    version: int
    sealed: dict[str, str] = field(repr=False)
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """As ChangeProfile. Every session but `kept_session` is to end."""

    account_id: UUID
    version: int
    password_sealed: str = field(repr=False)
    why: WhyPassword
    kept_session: UUID | None = None


async def verify_email(command: VerifyEmail, work: Work) -> Account:
    account = await work.get(Account, command.account_id)
    account.verify_email(now=await work.now())
    return account


async def change_profile(command: ChangeProfile, work: Work) -> Account:
    account = await work.get(Account, command.account_id, version=command.version)
    account.change_profile(sealed=command.sealed, removed=command.removed, now=await work.now())
    return account


async def change_password(command: ChangePassword, work: Work) -> Account:
    account = await work.get(Account, command.account_id, version=command.version)
    account.change_password(
        password_sealed=command.password_sealed,
        why=command.why,
        kept_session=command.kept_session,
        now=await work.now(),
    )
    return account
