"""Whose money moves, as the key and the address of Stripe tell."""

from typing import Final, Literal

from pydantic import SecretStr

STRIPE_ITSELF: Final = "https://api.stripe.com"

StripeMode = Literal["sandbox", "test", "live"]


def stripe_mode(key: SecretStr | None, api_base: str | None) -> StripeMode:
    """Our sandbox's, Stripe's own test mode's, or real money."""
    if key is None:
        return "sandbox"
    if key.get_secret_value().startswith(("sk_live_", "rk_live_")):
        return "live"
    return "sandbox" if api_base and api_base.rstrip("/") != STRIPE_ITSELF else "test"
