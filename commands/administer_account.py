"""What staff do to somebody's account: suspend, reinstate, give another role; always with a reason."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from commands.work import Work
from domain.account import Account
from domain.actor import Role
from domain.ids import vendor_stream_id
from domain.refusal import NotAllowed, Refusal
from domain.vendor import Vendor


class NotYourself(Refusal):
    """Your own account must be changed by somebody else, so that nobody locks everybody out."""


@dataclass(frozen=True, slots=True)
class AdministerAccount:
    """What is None stays. `reasons_sealed` has one ciphertext for each event that may come of it, in order."""

    account_id: UUID
    version: int
    reasons_sealed: tuple[str, ...] = field(repr=False)
    role: Role | None = None
    status: Literal["active", "suspended"] | None = None


async def administer_account(command: AdministerAccount, work: Work) -> Account:
    """Raises NotAllowed for an operator who touches staff or roles: that is for admins."""
    account = await work.get(Account, command.account_id, version=command.version)
    if work.by.account_id == account.id:
        raise NotYourself
    makes_role = command.role is not None and command.role != account.role
    if work.by.role != "admin" and (account.is_staff or makes_role):
        raise NotAllowed
    now = await work.now()
    if command.role is not None and makes_role:
        account.change_role(command.role, reason_sealed=_reason(command, account), now=now)
        if command.role == "vendor" and await work.find(Vendor, vendor_stream_id(account.id)) is None:
            work.add(Vendor.enrol(vendor_id=account.id, now=now))
    if command.status == "suspended":
        account.suspend(reason_sealed=_reason(command, account), now=now)
    elif command.status == "active":
        account.reinstate(reason_sealed=_reason(command, account), now=now)
    return account


def _reason(command: AdministerAccount, account: Account) -> str:
    """The ciphertext that was made for the account's next event."""
    return command.reasons_sealed[account.version - command.version]
