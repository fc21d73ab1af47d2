"""Webhook endpoints and deliveries as their vendor sees them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from domain.webhook_endpoint import WebhookEndpoint
from queries.webhooks import DeliveryRow, EndpointRow


class EndpointView(BaseModel):
    id: UUID
    url: str
    types: list[str] = Field(description="What it is told; none is everything, also what there will be later.")
    status: str = Field(description="`active`, `paused`, or `disabled` by us.")
    disabled_because: str | None = Field(description="`gone`: it answered 410; `failing`: for three days.")
    secret_number: int = Field(description="How many secrets it has had; the last signs.")
    rotated_at: datetime | None = Field(description="For 24 hours from then the secret before signs as well.")
    created_at: datetime
    version: int


class EndpointWithSecret(EndpointView):
    secret: str = Field(description="To check signatures with (Standard Webhooks). It is not shown again.")


class AttemptView(BaseModel):
    number: int
    at: datetime
    duration_ms: int
    status_code: int | None = Field(description="None if there was no answer; `error` says why.")
    error: str | None


class DeliveryView(BaseModel):
    id: UUID = Field(description="The `webhook-id` of every attempt.")
    type: str
    state: str = Field(description="`pending`, `delivered`, `failed`, or `dropped` since nobody wanted it any more.")
    position: int | None = Field(description="Of the event; none for a ping.")
    attempts: list[AttemptView]
    next_attempt_at: datetime | None
    created_at: datetime
    done_at: datetime | None


def endpoint_now(endpoint: WebhookEndpoint) -> EndpointView:
    """As a command has left it."""
    return EndpointView(
        id=endpoint.id,
        url=endpoint.url,
        types=list(endpoint.types),
        status=endpoint.status,
        disabled_because=endpoint.disabled_because,
        secret_number=endpoint.generation,
        rotated_at=endpoint.rotated_at,
        created_at=endpoint.created_on,
        version=endpoint.version,
    )


def endpoint_row(row: EndpointRow) -> EndpointView:
    return EndpointView(
        id=row.id,
        url=row.url,
        types=row.types,
        status=row.status,
        disabled_because=row.disabled_because,
        secret_number=row.generation,
        rotated_at=row.rotated_at,
        created_at=row.created_at,
        version=row.version,
    )


def delivery_row(row: DeliveryRow) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        type=row.type,
        state=row.state,
        position=row.position,
        attempts=[AttemptView.model_validate(attempt) for attempt in row.attempts],
        next_attempt_at=row.next_attempt_at,
        created_at=row.created_at,
        done_at=row.done_at,
    )
