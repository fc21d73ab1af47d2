"""What happens to a webhook endpoint, for stories about it."""

from typing import Any
from uuid import UUID

from commands.webhook_endpoints import (
    ChangeWebhookEndpoint,
    DisableWebhookEndpoint,
    RegisterWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
)
from tests.unit.facts import VENDOR
from tests.unit.story import Step

ENDPOINT_ID = UUID("0198a000-0000-7000-8000-000000000031")
URL = "https://hooks.example.com/travellr"

REGISTER = RegisterWebhookEndpoint(ENDPOINT_ID, URL, ("booking.confirmed",))
ROTATE = RotateWebhookSecret(ENDPOINT_ID)
REMOVE = RemoveWebhookEndpoint(ENDPOINT_ID)
DISABLE = DisableWebhookEndpoint(ENDPOINT_ID, "gone")


def change(**what: Any) -> ChangeWebhookEndpoint:
    return ChangeWebhookEndpoint(ENDPOINT_ID, **what)


PAUSE, RESUME = change(paused=True), change(paused=False)
REGISTERED, PAUSED, DISABLED = Step(REGISTER, VENDOR), Step(PAUSE, VENDOR), Step(DISABLE)
REMOVED = Step(REMOVE, VENDOR)


def webhook_life() -> list[Step]:
    """Everything that can happen to one."""
    changed = Step(change(url=f"{URL}/new", types=()), VENDOR)
    return [REGISTERED, changed, Step(ROTATE, VENDOR), PAUSED, Step(RESUME, VENDOR), DISABLED, REMOVED]
