"""All that can happen to a webhook endpoint, by real commands; nothing is told while it is there."""

from typing import TYPE_CHECKING
from uuid import uuid4

from commands.webhook_endpoints import (
    ChangeWebhookEndpoint,
    DisableWebhookEndpoint,
    RegisterWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
)

if TYPE_CHECKING:
    from tests.integration.journey import Journey


def hooked(journey: "Journey") -> None:
    world, vendor, endpoint_id = journey.world, journey.vendor, uuid4()
    world.do(RegisterWebhookEndpoint(endpoint_id, "https://hooks.example.com/"), vendor)
    world.do(ChangeWebhookEndpoint(endpoint_id, types=("payout.paid",)), vendor)
    world.do(RotateWebhookSecret(endpoint_id), vendor)
    world.do(ChangeWebhookEndpoint(endpoint_id, paused=True), vendor)
    world.do(ChangeWebhookEndpoint(endpoint_id, paused=False), vendor)
    world.do(DisableWebhookEndpoint(endpoint_id, "gone"))
    world.do(RemoveWebhookEndpoint(endpoint_id), vendor)
