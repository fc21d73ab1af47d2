"""What a vendor has us send by hand: a message once more, or a ping. The sweeper rings for the task within a second."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from domain.webhook_types import PING

_AGAIN = """
    WITH again AS (
        UPDATE webhook.delivery SET state = 'pending', tries = 0, next_attempt_at = clock_timestamp(), done_at = NULL
         WHERE delivery_id = %(delivery_id)s AND state <> 'pending'
           AND NOT EXISTS (SELECT FROM board.task WHERE task_id = %(task_id)s)
        RETURNING delivery_id)
    INSERT INTO board.task (task_id, kind, arguments)
    SELECT %(task_id)s, 'webhook_out', jsonb_build_object('delivery_id', delivery_id) FROM again
"""
_PING = """
    WITH made AS (
        INSERT INTO webhook.delivery (delivery_id, endpoint_id, type, stream_id, version)
        SELECT %(delivery_id)s, %(endpoint_id)s, %(type)s, %(endpoint_id)s, 0
         WHERE NOT EXISTS (SELECT FROM webhook.delivery
                            WHERE endpoint_id = %(endpoint_id)s AND type = %(type)s AND state = 'pending')
        ON CONFLICT DO NOTHING RETURNING delivery_id)
    INSERT INTO board.task (task_id, kind, arguments)
    SELECT delivery_id, 'webhook_out', jsonb_build_object('delivery_id', delivery_id) FROM made
"""


async def order_again(connection: AsyncConnection[Any], delivery_id: UUID, task_id: UUID) -> bool:
    """False if it is still being tried, or if it was ordered by this very `task_id` before."""
    cursor = await connection.execute(_AGAIN, {"delivery_id": delivery_id, "task_id": task_id})
    return cursor.rowcount == 1


async def is_ordered(connection: AsyncConnection[Any], task_id: UUID) -> bool:
    cursor = await connection.execute("SELECT FROM board.task WHERE task_id = %s", (task_id,))
    return await cursor.fetchone() is not None


async def order_ping(connection: AsyncConnection[Any], endpoint_id: UUID, delivery_id: UUID) -> bool:
    """False if a ping is on its way already, or if this very one was ordered before."""
    cursor = await connection.execute(_PING, {"delivery_id": delivery_id, "endpoint_id": endpoint_id, "type": PING})
    return cursor.rowcount == 1
