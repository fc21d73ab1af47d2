"""Web Push (RFC 8030), encrypted for one browser (RFC 8291) and signed with our VAPID key (RFC 8292)."""

import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from pywebpush import Vapid, WebPushException, webpush

from infrastructure.provider import AddressDead, MessageRefused, ProviderAway

TIMEOUT_S: Final = 20.0
KEPT_FOR_S: Final = 24 * 3600  # How long a push service keeps it for a browser that is not there.
_GONE: Final = frozenset({404, 410})  # RFC 8030, 7.3.
_AWAY: Final = frozenset({401, 403, 408, 429})
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser hands out: where to send, and the keys that only it can open."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    def written(self) -> str:
        return json.dumps({"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}})

    @classmethod
    def read(cls, text: str) -> "Subscription":
        facts = json.loads(text)
        return cls(facts["endpoint"], facts["keys"]["p256dh"], facts["keys"]["auth"])


def is_push_service(endpoint: str, hosts: str) -> bool:
    """Whether a browser may have made this endpoint up: anything else would have us call whomever a stranger names."""
    try:
        url = urlsplit(endpoint)
        host, _ = url.hostname or "", url.port
    except ValueError:
        return False
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts.split())
    return known and url.username is None and (url.scheme == "https" or (url.scheme == "http" and host in _LOOPBACK))


def send_push(private_key: str, contact: str, to: Subscription, said: dict[str, Any], *, urgent: bool) -> str | None:
    """Where the push service keeps it, if it says so. Raises ProviderAway, MessageRefused, AddressDead.

    `contact` is a mailto: or https: address under which a push service finds us.
    """
    with requests.Session() as session:
        session.max_redirects = 0
        try:
            answer = webpush(
                json.loads(to.written()),
                json.dumps(said),
                vapid_private_key=Vapid.from_string(private_key),
                vapid_claims={"sub": contact},
                timeout=TIMEOUT_S,
                ttl=KEPT_FOR_S,
                headers={"Urgency": "high" if urgent else "normal"},
                requests_session=session,
            )
        except WebPushException as error:
            raise _by_status(error.response.status_code if error.response is not None else 400) from None
        except requests.RequestException as error:
            raise ProviderAway(type(error).__name__) from None
    assert not isinstance(answer, str)
    place: str | None = answer.headers.get("location")
    return place


def _by_status(status: int) -> Exception:
    if status in _GONE:
        return AddressDead(f"push {status}")
    return ProviderAway(f"push {status}") if status in _AWAY or status >= 500 else MessageRefused(f"push {status}")
