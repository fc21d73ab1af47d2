"""The page of Stripe's on which a vendor gives what Stripe wants to know before it may be paid."""

import asyncio
from typing import Final

import stripe

from api.edge import Edge
from infrastructure.stripe_gateway import StripeGateway

_LONGEST_S: Final = 10.0


async def onboarding_url(edge: Edge, stripe_account_id: str) -> str | None:
    """Made anew each time, since each is good for minutes and for one use; None while Stripe is away."""
    settings = edge.house.settings
    if settings.stripe_api_key is None:
        return None
    gateway = StripeGateway(settings.stripe_api_key.get_secret_value(), settings.stripe_api_base)
    back = f"http://{settings.host}:{settings.port}/docs"
    ask = asyncio.to_thread(gateway.accounts.onboarding_url, stripe_account_id, return_url=back)
    try:
        return await asyncio.wait_for(ask, _LONGEST_S)
    except (stripe.StripeError, TimeoutError) as error:
        edge.log.warning("no_onboarding_page", error=str(error))
        return None
