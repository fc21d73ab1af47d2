"""Erasing a person: asked of read models that have seen everything, decided by the account, carried out at once."""

import asyncio
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from fastapi import Request

from api.edge import Edge
from api.known import account_in_log, carry_out
from api.reading import Reading
from api.refusals import NotCaughtUp
from commands.append import NotQuiet
from commands.erase_account import EraseAccount
from domain.account import OpenMatter
from domain.actor import Actor
from domain.refusal import NotFound
from infrastructure.database import connect
from infrastructure.forgetting import Erasure, forget, write_down
from infrastructure.settings import Settings
from queries.identity import identity_of_account
from queries.open_matters import ASKED, open_matters
from queries.positions import head

_ATTEMPTS_MAX: Final = 4
GOOD_BYE_S: Final = 10.0
_LOOK_AGAIN_S: Final = 0.05


async def erase(edge: Edge, request: Request, account_id: UUID, by: Actor) -> None:
    """Raises StillOpen while money or trips are, NotCaughtUp if nobody can say whether they are. Twice does no harm.

    The event makes a task that does the same again, for the case that this process does not get to its end.
    """
    account = await account_in_log(edge, account_id)
    if account is None:
        raise NotFound
    if account.status != "erased":
        await _decide(edge, request, account_id, by)
    await edge.sessions.end_all(account_id)
    if edge.house.settings.smtp_url is not None:
        await _wait_for_the_task(edge, account_id)
        return
    erasure = Erasure(account_id, datetime.now(UTC))
    await asyncio.to_thread(_destroy, edge.house.settings, erasure)


async def _wait_for_the_task(edge: Edge, account_id: UUID) -> None:
    """Where there is a mail server, the last message is sent before the key is destroyed: the task does both.

    It is waited for a little; a mail server that is away delays it, and nobody who was erased can sign in meanwhile.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GOOD_BYE_S
    while loop.time() < deadline:
        async with edge.house.reads.connection() as connection:
            if await identity_of_account(connection, account_id) is None:
                return
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _decide(edge: Edge, request: Request, account_id: UUID, by: Actor) -> None:
    """Asked anew if something has happened to the account between the question and the answer."""
    for attempt in range(1, _ATTEMPTS_MAX + 1):
        asked_at, matters = await _open_matters(edge, account_id)
        try:
            await carry_out(edge, request, EraseAccount(account_id, matters, asked_at), by)
        except NotQuiet:
            if attempt == _ATTEMPTS_MAX:
                raise
        else:
            return


async def _open_matters(edge: Edge, account_id: UUID) -> tuple[int, tuple[OpenMatter, ...]]:
    """What is open, and at which position of the log that was asked."""
    async with edge.house.reads.connection() as connection:
        newest = await head(connection)
    for follower in ASKED:
        if not await Reading(edge.house.reads, follower).reach(newest):
            raise NotCaughtUp
    async with edge.house.reads.connection() as connection:
        return newest, await open_matters(connection, account_id)


def _destroy(settings: Settings, erasure: Erasure) -> None:
    assert settings.database_url is not None
    write_down(settings.home, erasure)
    with connect(settings.database_url, name="forget") as connection:
        forget(connection, erasure.account_id)
