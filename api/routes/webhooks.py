"""Stripe's news: checked, stored as a task, and answered. What it means is found out by fetching the object itself."""

from typing import Annotated

import stripe
from fastapi import APIRouter, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.edge import Edge, TheEdge
from api.problems import errors
from api.refusals import BadSignature, BadWebhook, WrongMode
from api.stripe_news import read_news, store_news

router = APIRouter(tags=["webhooks"])


class Received(BaseModel):
    received: bool = True


@router.post(
    "/webhooks/stripe", response_model=Received, responses=errors(400, 503), summary="News from Stripe, signed by it"
)
async def receive_stripe_news(
    request: Request, edge: TheEdge, stripe_signature: Annotated[str, Header(max_length=2_000)] = ""
) -> Response:
    payload = await request.body()
    await _check_signature(edge, payload, stripe_signature)
    news = read_news(payload)
    if news is None:
        raise BadWebhook
    if news.livemode != (edge.house.settings.stripe_mode == "live"):
        raise WrongMode
    await store_news(edge, news)
    return Response(Received().model_dump_json(), 200, media_type="application/json")


async def _check_signature(edge: Edge, payload: bytes, header: str) -> None:
    """Against the secrets that are known; if none fits, against those that may have been registered since."""
    known = await edge.webhook_secrets.current()
    if any(_signed(payload, header, secret) for secret in known):
        return
    newer = await edge.webhook_secrets.current(fresh=True)
    if not any(_signed(payload, header, secret) for secret in newer if secret not in known):
        raise BadSignature


def _signed(payload: bytes, header: str, secrets: str) -> bool:
    """Signature and age, as Stripe's own library checks them (docs.stripe.com/webhooks/signature).

    There may be several secrets, separated by spaces: one for our own events and one for those of vendors' accounts.
    """
    return any(_signed_with(secret, payload, header) for secret in secrets.split())


def _signed_with(secret: str, payload: bytes, header: str) -> bool:
    try:
        text = payload.decode()
        return bool(stripe.WebhookSignature.verify_header(text, header, secret, stripe.Webhook.DEFAULT_TOLERANCE))
    except (stripe.SignatureVerificationError, ValueError):
        return False
