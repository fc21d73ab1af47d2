"""What a person wants to be told: chosen as a whole, or one kind of message switched off by a link in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.account import Account
from domain.preferences import Channel, Group, QuietHours


@dataclass(frozen=True, slots=True)
class SetPreferences:
    """`chosen` maps "group.channel" to whether it is wanted; what is left out is as it is for everybody."""

    account_id: UUID
    chosen: Mapping[str, bool]
    quiet_hours: QuietHours | None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    account_id: UUID
    group: Group
    channel: Channel


async def set_preferences(command: SetPreferences, work: Work) -> Account:
    """Raises CannotSwitchOff."""
    account = await work.get(Account, command.account_id)
    account.set_preferences(command.chosen, command.quiet_hours, now=await work.now())
    return account


async def unsubscribe(command: Unsubscribe, work: Work) -> Account:
    """Twice is once. Raises CannotSwitchOff."""
    account = await work.get(Account, command.account_id)
    chosen = {**account.preferences, f"{command.group}.{command.channel}": False}
    account.set_preferences(chosen, account.quiet_hours, now=await work.now())
    return account
