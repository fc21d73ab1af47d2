"""Register an account. Its personal data arrives sealed: this command may be logged."""

from dataclasses import dataclass, field
from uuid import UUID

from commands.append import ClaimIdentity
from commands.work import Work
from domain.account import Account
from domain.actor import Role
from domain.vendor import Vendor


@dataclass(frozen=True, slots=True)
class RegisterAccount:
    """`email_index` is a keyed hash of the address; what is `sealed` is ciphertext under the person's key."""

    account_id: UUID
    role: Role
    email_index: str
    wrapped_key: str = field(repr=False)
    sealed: dict[str, str] = field(repr=False)
    password_sealed: str = field(repr=False)


async def register_account(command: RegisterAccount, work: Work) -> Account:
    now = await work.now()
    work.claim_identity(ClaimIdentity(command.account_id, command.email_index, command.wrapped_key))
    if command.role == "vendor":
        work.add(Vendor.enrol(vendor_id=command.account_id, now=now))
    return work.add(
        Account.register(
            account_id=command.account_id,
            role=command.role,
            sealed=command.sealed,
            password_sealed=command.password_sealed,
            now=now,
        )
    )
