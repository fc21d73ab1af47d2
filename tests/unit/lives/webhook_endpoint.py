"""Webhook endpoints of vendors, and what can be done with them in each state."""

from domain.webhook_endpoint import WebhookEndpoint
from tests.unit.facts import VENDOR, register
from tests.unit.lives.life import Ask, Life
from tests.unit.story import Step
from tests.unit.webhook_facts import (
    DISABLE,
    DISABLED,
    ENDPOINT_ID,
    PAUSE,
    PAUSED,
    REGISTER,
    REGISTERED,
    REMOVE,
    REMOVED,
    RESUME,
    ROTATE,
    URL,
    change,
)

ENDPOINTS = Life(
    title="Webhook endpoint",
    about="Only an active one is told what happens; a removed one is not there any more for its vendor.",
    kind=WebhookEndpoint,
    stream_id=ENDPOINT_ID,
    state_of=lambda endpoint: str(endpoint.status),
    before=Step(register()),
    examples={
        "active": REGISTERED,
        "paused": [REGISTERED, PAUSED],
        "disabled": [REGISTERED, DISABLED],
        "removed": [REGISTERED, REMOVED],
    },
    asks=(
        Ask(REGISTER, VENDOR, begins=True),
        Ask(change(url=f"{URL}/new"), VENDOR, "another address"),
        Ask(change(url=URL), VENDOR, "nothing new"),
        Ask(PAUSE, VENDOR, "pause"),
        Ask(RESUME, VENDOR, "resume"),
        Ask(ROTATE, VENDOR),
        Ask(DISABLE),
        Ask(REMOVE, VENDOR),
    ),
)
LIVES = (ENDPOINTS,)
