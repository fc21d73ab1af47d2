"""Stripe: whose money moves, does it answer, and in which version of its interface."""

from collections.abc import Iterator
from typing import Final

import httpx

from infrastructure.doctor.finding import Finding
from infrastructure.settings import Settings
from infrastructure.stripe_mode import STRIPE_ITSELF

# The cheapest question that needs a valid key.
QUESTION: Final = "/v1/balance"


def examine(settings: Settings) -> Iterator[Finding]:
    if settings.stripe_api_key is None:
        yield Finding("stripe", "sandbox, not running")
        return
    yield _answer(settings)
    if not settings.sandbox:
        problem = None if settings.stripe_webhook_secret else "TRAVELLR_STRIPE_WEBHOOK_SECRET is missing."
        yield Finding("stripe webhooks", "signed" if problem is None else "nobody can be believed", problem)


def _answer(settings: Settings) -> Finding:
    import stripe

    key = settings.stripe_api_key.get_secret_value() if settings.stripe_api_key else ""
    base = (settings.stripe_api_base or STRIPE_ITSELF).rstrip("/")
    found = f"{settings.stripe_mode} at {base}, our API version {stripe.api_version or 'unknown'}"
    try:
        # Only Stripe itself may be on the other side of a proxy.
        answer = httpx.get(base + QUESTION, auth=(key, ""), timeout=10, trust_env=not settings.sandbox)
    except httpx.HTTPError as error:
        return Finding("stripe", found, f"it cannot be reached: {error}")
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return Finding("stripe", found, "it refuses TRAVELLR_STRIPE_API_KEY")
    if answer.status_code == httpx.codes.FORBIDDEN:
        return Finding("stripe", found)  # A restricted key that may not read the balance: reachable, and valid.
    if answer.status_code != httpx.codes.OK:
        return Finding("stripe", found, f"it answers {answer.status_code}")
    return Finding("stripe", found)
