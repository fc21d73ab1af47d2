"""Tell people of a sign-in from where, or with what, they were not seen lately. Kept are keyed hashes, for 30 days.

A first sign-in is nobody's news: there is nothing to compare it with.
"""

import re
from typing import Final
from uuid import UUID, uuid4

from fastapi import Request
from psycopg.types.json import Json

from api.edge import Edge
from api.limits import address_of

KNOWN_FOR: Final = "30 days"
_VERSIONS: Final = re.compile(r"[\d.]+")
_AGENT_MAX_CHARACTERS: Final = 500


async def note_device(edge: Edge, request: Request, account_id: UUID) -> None:
    """Remember this one. If others are known and it is not, a task is left that writes to the person."""
    index = edge.house.vault.pseudonym("device", f"{account_id}/{address_of(edge, request)}/{_program(request)}")
    async with edge.house.reads.connection() as connection, connection.transaction():
        await connection.execute(
            "DELETE FROM people.device WHERE account_id = %s AND seen_at < clock_timestamp() - %s::interval",
            (account_id, KNOWN_FOR),
        )
        cursor = await connection.execute(
            "INSERT INTO people.device AS d (account_id, device_index) VALUES (%s, %s)"
            " ON CONFLICT (account_id, device_index) DO UPDATE SET seen_at = clock_timestamp()"
            " RETURNING d.xmax = 0 AND EXISTS (SELECT FROM people.device AS o WHERE o.account_id = d.account_id"
            "                                     AND o.device_index <> d.device_index)",
            (account_id, index),
        )
        row = await cursor.fetchone()
        if row is not None and row[0]:
            arguments = Json({"letter": "new_sign_in", "account_id": str(account_id)})
            await connection.execute(
                "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'mail', %s)", (uuid4(), arguments)
            )


def _program(request: Request) -> str:
    """What it calls itself, without versions: an update is no new program."""
    agent = request.headers.get("user-agent", "")[:_AGENT_MAX_CHARACTERS]
    return _VERSIONS.sub("", agent)
