"""Erase an account: the decision. That its key is destroyed everywhere is a task's work (workers/actors/people.py)."""

from dataclasses import dataclass
from uuid import UUID

from commands.append import Erasing
from commands.work import Work
from domain.account import Account, OpenMatter


@dataclass(frozen=True, slots=True)
class EraseAccount:
    """`open_matters` is what the read models say is not settled, after they have seen the log up to `asked_at`.

    Nothing may have happened since then: NotQuiet if it has. What begins later needs the account, and is refused.
    """

    account_id: UUID
    open_matters: tuple[OpenMatter, ...] = ()
    asked_at: int | None = None


async def erase_account(command: EraseAccount, work: Work) -> Account:
    """Raises StillOpen, naming what is."""
    account = await work.get(Account, command.account_id)
    account.erase(command.open_matters, now=await work.now())
    work.erase(Erasing(command.account_id, command.asked_at))
    return account
