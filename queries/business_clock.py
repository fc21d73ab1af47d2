"""What time it is for the business, and in the sandbox: where its clock is being moved to."""

from dataclasses import dataclass
from datetime import datetime

from queries.rows import Connection, one


@dataclass(frozen=True, slots=True)
class Clock:
    now: datetime
    target: datetime | None


async def clock(connection: Connection) -> Clock:
    found = await one(connection, Clock, "SELECT ops.business_now() AS now, target FROM ops.clock", {})
    assert found is not None
    return found
