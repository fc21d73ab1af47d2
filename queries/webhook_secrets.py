"""The webhook secrets that the worker keeps when it has registered the endpoints itself."""

from queries.rows import Connection


async def kept_webhook_secrets(connection: Connection) -> str | None:
    cursor = await connection.execute("SELECT value FROM ops.setting WHERE key = 'stripe_webhook_secret'")
    row = await cursor.fetchone()
    return str(row[0]) if row else None
