"""Webhook endpoints of vendors, one row each, the removed ones too."""

from collections.abc import Iterator

from domain.root import Event
from domain.webhook_endpoint import WebhookEndpoint
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"endpoint_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case WebhookEndpoint.Registered() as e:
            wanted = {"vendor_id": e.vendor_id, "url": e.url, "types": list(e.types)}
            made = {"status": "active", "generation": 1, "created_at": e.timestamp}
            yield Put("webhook_endpoint", key, {**wanted, **made, **version})
        case WebhookEndpoint.Changed() as e:
            yield Set("webhook_endpoint", key, {"url": e.url, "types": list(e.types), **version})
        case WebhookEndpoint.Paused():
            yield Set("webhook_endpoint", key, {"status": "paused", **version})
        case WebhookEndpoint.Resumed():
            yield Set("webhook_endpoint", key, {"status": "active", "disabled_because": None, **version})
        case WebhookEndpoint.SecretRotated() as e:
            rotated = {"generation": e.generation, "rotated_at": e.timestamp}
            yield Set("webhook_endpoint", key, {**rotated, **version})
        case WebhookEndpoint.Disabled() as e:
            yield Set("webhook_endpoint", key, {"status": "disabled", "disabled_because": e.why, **version})
        case WebhookEndpoint.Removed():
            yield Set("webhook_endpoint", key, {"status": "removed", **version})


WEBHOOK_ENDPOINTS = Projection(
    "webhook_endpoints",
    (
        WebhookEndpoint.Registered,
        WebhookEndpoint.Changed,
        WebhookEndpoint.Paused,
        WebhookEndpoint.Resumed,
        WebhookEndpoint.SecretRotated,
        WebhookEndpoint.Disabled,
        WebhookEndpoint.Removed,
    ),
    project,
    ("webhook_endpoint",),
)
