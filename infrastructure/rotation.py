"""`travellr rotate`: puts everybody's key under the master key of today, and every address under the pepper of today.

Afterwards TRAVELLR_MASTER_KEY_PREVIOUS can go at once, and TRAVELLR_PEPPER_PREVIOUS once everybody has signed in since:
a password is hashed anew only when it is at hand, and who has not will need the link for a forgotten one.
"""

import asyncio
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from domain.account import Account
from domain.root import replay
from infrastructure.container import Container, container
from infrastructure.known_account import known
from infrastructure.settings import Settings

BATCH: Final = 200
_FIRST: Final = UUID(int=0)


def rotate(settings: Settings) -> int:
    """How many people were looked at. Broken off, it is simply started again; the system may be at work meanwhile."""
    return asyncio.run(_rotate(settings))


async def _rotate(settings: Settings) -> int:
    async with container(settings, name="rotate", connections=1) as house, house.reads.connection() as connection:
        people, after = 0, _FIRST
        while keys := await _next_keys(connection, after):
            await _rewrap(house, connection, keys)
            people, after = people + len(keys), max(keys)
    return people


async def _next_keys(connection: AsyncConnection[Any], after: UUID) -> dict[UUID, str]:
    cursor = await connection.execute(
        "SELECT account_id, wrapped_key FROM people.identity WHERE account_id > %s ORDER BY account_id LIMIT %s",
        (after, BATCH),
    )
    return dict(await cursor.fetchall())


async def _rewrap(house: Container, connection: AsyncConnection[Any], keys: dict[UUID, str]) -> None:
    streams = await house.log.read(tuple(keys))
    for account_id, wrapped_key in keys.items():
        account = replay(streams.events[account_id])
        if not isinstance(account, Account) or account.status == "erased":
            continue  # Its key is about to be destroyed.
        person = known(house.vault, account, wrapped_key)
        await connection.execute(
            "UPDATE people.identity SET wrapped_key = %s, email_index = %s WHERE account_id = %s AND wrapped_key = %s",
            (
                house.vault.wrap(account_id, person.key),
                house.vault.email_index(person.must_read("email")),
                account_id,
                wrapped_key,
            ),
        )
