"""In the sandbox nobody sets up webhooks by hand: have them delivered to our API, and keep their secrets."""

import threading
from typing import Final

import psycopg
import stripe
import structlog

from infrastructure.settings import Settings
from workers.hands import Hands

RETRY_S: Final = 2.0
_LOCK: Final = 824_150_003

log = structlog.get_logger()


def register_webhooks(settings: Settings, hands: Hands, stop: threading.Event) -> None:
    """Try until it is done; the money does not wait for it, since tasks look at Stripe by themselves."""
    if not settings.sandbox or settings.stripe_webhook_secret is not None:
        return
    url = f"http://{settings.host}:{settings.port}/api/v1/webhooks/stripe"
    while not stop.is_set():
        try:
            _register_once(url, hands)
        except (stripe.StripeError, psycopg.Error) as error:
            log.warning("webhooks_not_registered", error=str(error))
            stop.wait(RETRY_S)
        else:
            return


def _register_once(url: str, hands: Hands) -> None:
    with hands.pool.connection() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            known = connection.execute("SELECT value FROM ops.setting WHERE key = 'stripe_webhook_url'").fetchone()
            if known is not None and known[0] == url:
                return
            secrets = " ".join(hands.stripe.news.register_webhooks(url))
            for key, value in (("stripe_webhook_secret", secrets), ("stripe_webhook_url", url)):
                connection.execute(
                    "INSERT INTO ops.setting VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
                    (key, value),
                )
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
