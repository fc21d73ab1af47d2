"""Secrets of webhook endpoints, and signatures by them (Standard Webhooks 1.0, symmetric).

A secret is kept nowhere: it follows from the vendor's own key, which is wrapped by the master key and goes when the
vendor is erased. Changing the master key changes no secret (ADR 0023).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from standardwebhooks.webhooks import Webhook

_PREFIX: Final = "whsec_"
_LABEL: Final = "travellr webhook secret"


def secret_of(key: bytes, endpoint_id: UUID, generation: int) -> str:
    """The secret of this number of an endpoint, as its vendor is shown it. `key` is the vendor's."""
    derived = hmac.new(key, f"{_LABEL}/{endpoint_id}/{generation}".encode(), hashlib.sha256).digest()
    return _PREFIX + base64.b64encode(derived).decode()


def signed_headers(secrets: Sequence[str], message_id: UUID, at: datetime, body: bytes) -> Mapping[str, str]:
    """The three headers; a signature by each secret, the newest first. `at` is the time of sending, on a real clock."""
    text = body.decode()
    signatures = [Webhook(secret).sign(str(message_id), at, text) for secret in secrets]
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
