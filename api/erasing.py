"""Erasing a person: asked of read models that have seen everything, decided by the account, carried out at once."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from fastapi import Request

from api.edge import Edge
from api.known import account_in_log, carry_out
from api.reading import Reading
from api.refusals import NotCaughtUp
from commands.erase_account import EraseAccount
from domain.account import OpenMatter
from domain.actor import Actor
from domain.refusal import NotFound
from infrastructure.database import connect
from infrastructure.forgetting import Erasure, forget, write_down
from infrastructure.settings import Settings
from queries.open_matters import ASKED, open_matters
from queries.positions import head


async def erase(edge: Edge, request: Request, account_id: UUID, by: Actor) -> None:
    """Raises StillOpen while money or trips are, NotCaughtUp if nobody can say whether they are. Twice does no harm.

    The event makes a task that does the same again, for the case that this process does not get to its end.
    """
    account = await account_in_log(edge, account_id)
    if account is None:
        raise NotFound
    if account.status != "erased":
        await carry_out(edge, request, EraseAccount(account_id, await _open_matters(edge, account_id)), by)
    await edge.sessions.end_all(account_id)
    erasure = Erasure(account_id, datetime.now(UTC))
    await asyncio.to_thread(_destroy, edge.house.settings, erasure)


async def _open_matters(edge: Edge, account_id: UUID) -> tuple[OpenMatter, ...]:
    async with edge.house.reads.connection() as connection:
        newest = await head(connection)
    for follower in ASKED:
        if not await Reading(edge.house.reads, follower).reach(newest):
            raise NotCaughtUp
    async with edge.house.reads.connection() as connection:
        return await open_matters(connection, account_id)


def _destroy(settings: Settings, erasure: Erasure) -> None:
    assert settings.database_url is not None
    write_down(settings.home, erasure)
    with connect(settings.database_url, name="forget") as connection:
        forget(connection, erasure.account_id)
