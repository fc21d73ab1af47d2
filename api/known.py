"""An account with its person's key, for requests that read or change what is sealed in it."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

from fastapi import Request

from api.edge import Edge
from api.trace import trace_of
from commands.append import Meta
from commands.dispatch import Done
from domain.account import Account
from domain.actor import Actor
from domain.refusal import NotFound, VersionMismatch
from domain.root import replay
from infrastructure.known_account import KnownAccount, known
from queries.identity import identity_of_account

T = TypeVar("T")

_ATTEMPTS_MAX: Final = 5


async def account_in_log(edge: Edge, account_id: UUID) -> Account | None:
    """From the log itself, never from a read model that lags."""
    streams = await edge.house.log.read((account_id,))
    found = replay(streams.events[account_id])
    return found if isinstance(found, Account) else None


async def known_account(edge: Edge, account_id: UUID) -> KnownAccount:
    """Raises NotFound for an account that there is not, or that was erased."""
    account = await account_in_log(edge, account_id)
    async with edge.house.reads.connection() as connection:
        identity = await identity_of_account(connection, account_id)
    if account is None or account.status == "erased" or identity is None:
        raise NotFound
    return known(edge.house.vault, account, identity.wrapped_key)


async def change_known(
    edge: Edge, account_id: UUID, change: Callable[[KnownAccount], Awaitable[T]], *, if_version: int | None = None
) -> T:
    """`change` the account as it is now; anew if it has moved on meanwhile, because what was sealed for its next event
    opens in no other. Raises VersionMismatch at once if the client has seen another version than there is.
    """
    for attempt in range(1, _ATTEMPTS_MAX + 1):
        account = await known_account(edge, account_id)
        if if_version is not None and account.account.version != if_version:
            break
        try:
            return await change(account)
        except VersionMismatch:
            if if_version is not None or attempt == _ATTEMPTS_MAX:
                raise
    raise VersionMismatch


async def carry_out(edge: Edge, request: Request, command: object, by: Actor) -> Done:
    """A command without an answer to keep."""
    meta = Meta(by, type(command).__name__, trace_of(request).correlation_id)
    return await edge.house.dispatch(command, meta=meta)
