"""Tell an endpoint of a vendor's what happened: one try, written down; what did not arrive is tried again for a day."""

import time
from http import HTTPStatus
from typing import Final

from commands.webhook_endpoints import DisableWebhookEndpoint
from domain.webhook_endpoint import WebhookEndpoint, WhyDisabled
from domain.webhook_types import PING
from infrastructure.business_clock import read_clock
from infrastructure.known_account import KnownAccount
from infrastructure.outbound import NoAnswer, post
from infrastructure.outbound_address import UnsafeUrl
from infrastructure.webhook_deliveries import (
    GIVE_UP_AFTER,
    Attempt,
    Delivery,
    drop,
    failing_for,
    forget_failures,
    pending_at,
    pending_delivery,
    record,
)
from infrastructure.webhook_payload import Subject, payload, written
from infrastructure.webhook_signing import secret_of, signed_headers
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.delivery import known_to
from workers.hands import Hands, NotYet

CROWD_WAIT_MAX_S: Final = 60.0


def webhook_out(task: Leased, hands: Hands) -> None:
    """Killed between sending and writing down, it is sent once more with the same webhook-id: never lost."""
    with hands.pool.connection() as connection:
        delivery = pending_delivery(connection, uuid_of(task, "delivery_id"))
    if delivery is None:
        return
    endpoint = hands.load(WebhookEndpoint, delivery.endpoint_id)
    vendor = known_to(hands, endpoint.vendor_id)
    wanted = {"active", "paused"} if delivery.type == PING else {"active"}
    if vendor is None or endpoint.status not in wanted:
        with hands.pool.connection() as connection:
            drop(connection, delivery)
        return
    with hands.turns.taken(endpoint.id) as ours:
        if not ours:
            raise NotYet(_patience_s(hands, delivery), "others are being sent there")
        attempt = _tried(hands, delivery, endpoint, vendor)
    _conclude(task, hands, delivery, attempt)


def _patience_s(hands: Hands, delivery: Delivery) -> float:
    """The more wait for a slow endpoint, the less often each of them looks."""
    with hands.pool.connection() as connection:
        return min(CROWD_WAIT_MAX_S, 1.0 + pending_at(connection, delivery.endpoint_id) / 4)


def _tried(hands: Hands, delivery: Delivery, endpoint: WebhookEndpoint, vendor: KnownAccount) -> Attempt:
    """No connection of ours is held while somebody else's server is waited for."""
    with hands.pool.connection() as connection:
        business_now = read_clock(connection).now
        body = (
            _body(delivery)
            if delivery.position is None
            else payload(connection, delivery.type, Subject(delivery.stream_id, delivery.version, delivery.position))
        )
    at = hands.database_now()
    secrets = [secret_of(vendor.key, endpoint.id, number) for number in endpoint.signing_generations(business_now)]
    headers = signed_headers(secrets, delivery.delivery_id, at, body)
    begun, status, error = time.monotonic(), None, None
    try:
        status = hands.loop.run(post(endpoint.url, body, headers, sandbox=hands.container.settings.sandbox))
    except UnsafeUrl as unsafe:
        error = f"the address {unsafe}"
    except NoAnswer as silence:
        error = str(silence)
    return Attempt(at, round((time.monotonic() - begun) * 1000), status, error)


def _body(ping: Delivery) -> bytes:
    return written(PING, ping.created_at, {"endpoint_id": ping.endpoint_id})


def _conclude(task: Leased, hands: Hands, delivery: Delivery, attempt: Attempt) -> None:
    """The endpoint is disabled before the try is written down: a crash in between then drops what was not wanted."""
    with hands.pool.connection() as connection:
        why = _why_disabled(attempt, for_days=failing_for(connection, delivery.endpoint_id) >= GIVE_UP_AFTER)
    if why is not None:
        hands.record(task, DisableWebhookEndpoint(delivery.endpoint_id, why), closes=False)
    with hands.pool.connection() as connection:
        again_s = record(connection, delivery, attempt, last=why is not None)
        if why is not None:
            forget_failures(connection, delivery.endpoint_id)
    if again_s is not None:
        raise NotYet(again_s, attempt.error or f"the endpoint answered {attempt.status_code}")


def _why_disabled(attempt: Attempt, *, for_days: bool) -> WhyDisabled | None:
    if attempt.status_code == HTTPStatus.GONE:
        return "gone"
    return "failing" if for_days and not attempt.arrived else None
