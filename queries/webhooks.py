"""A vendor's webhook endpoints, and the log of what was delivered to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from queries.rows import Connection, many, one
from queries.scope import Page, behind

_ENDPOINT = (
    "endpoint_id AS id, url, types, status, disabled_because, generation, rotated_at, created_at, version"
    " FROM read.webhook_endpoint WHERE vendor_id = %(vendor_id)s AND status <> 'removed'"
)
_DELIVERY = (
    "delivery_id AS id, type, position, state, next_attempt_at, created_at, done_at,"
    " coalesce((SELECT jsonb_agg(to_jsonb(a) - 'delivery_id' ORDER BY a.number) FROM webhook.attempt AS a"
    "            WHERE a.delivery_id = d.delivery_id), '[]') AS attempts"
    " FROM webhook.delivery AS d WHERE endpoint_id = %(endpoint_id)s"
)


@dataclass(frozen=True, slots=True)
class EndpointRow:
    id: UUID
    url: str
    types: list[str]
    status: str
    disabled_because: str | None
    generation: int
    rotated_at: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """`position` is None for a ping."""

    id: UUID
    type: str
    position: int | None
    state: str
    next_attempt_at: datetime | None
    created_at: datetime
    done_at: datetime | None
    attempts: list[dict[str, Any]]


async def webhook_endpoints(connection: Connection, vendor_id: UUID, page: Page) -> list[EndpointRow]:
    """Newest first."""
    return await many(
        connection,
        EndpointRow,
        f"SELECT {_ENDPOINT}" + behind("endpoint_id"),
        {"vendor_id": vendor_id, **page.parameters()},
    )


async def webhook_endpoint(connection: Connection, vendor_id: UUID, endpoint_id: UUID) -> EndpointRow | None:
    return await one(
        connection,
        EndpointRow,
        f"SELECT {_ENDPOINT} AND endpoint_id = %(endpoint_id)s",
        {"vendor_id": vendor_id, "endpoint_id": endpoint_id},
    )


async def webhook_deliveries(
    connection: Connection, endpoint_id: UUID, page: Page, *, state: str | None
) -> list[DeliveryRow]:
    """Newest first."""
    return await many(
        connection,
        DeliveryRow,
        f"SELECT {_DELIVERY} AND (%(state)s::text IS NULL OR state = %(state)s)" + behind("delivery_id"),
        {"endpoint_id": endpoint_id, "state": state, **page.parameters()},
    )


async def webhook_delivery(connection: Connection, endpoint_id: UUID, delivery_id: UUID) -> DeliveryRow | None:
    return await one(
        connection,
        DeliveryRow,
        f"SELECT {_DELIVERY} AND delivery_id = %(delivery_id)s",
        {"endpoint_id": endpoint_id, "delivery_id": delivery_id},
    )
