"""Text messages by Twilio. Sources: Twilio's error dictionary; RFC 9110 for what a status means."""

import logging
from typing import Any, Final

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from infrastructure.provider import AddressDead, MessageRefused, ProviderAway

TIMEOUT_S: Final = 20.0
TWILIO_ITSELF: Final = "https://api.twilio.com"
# Not a number (21211), nobody's region (21408), said STOP (21610), no mobile phone (21614), unreachable (21612).
DEAD: Final = frozenset({21211, 21408, 21610, 21612, 21614})


class _At(TwilioHttpClient):  # type: ignore[misc]  # the library says nothing of its types
    """Speaks to `base`: Twilio itself, or in tests a server that plays it."""

    def __init__(self, base: str) -> None:
        # The library's own logger writes down whole requests, and in them numbers and words.
        silent = logging.getLogger("travellr.sms")
        silent.disabled = True
        super().__init__(timeout=TIMEOUT_S, logger=silent)
        self._base = base.rstrip("/")

    def request(self, method: str, url: str, *more: Any, **named: Any) -> Response:
        return super().request(method, url.replace(TWILIO_ITSELF, self._base, 1), *more, **named)


def send_by_twilio(account_sid: str, auth_token: str, sender: str, to: str, text: str, *, base: str) -> str:
    """Twilio's id of the message. Raises ProviderAway, MessageRefused and AddressDead, none of which names anybody.

    `sender` is a number of ours or the id of a messaging service (MG…).
    """
    client = Client(account_sid, auth_token, http_client=_At(base))
    by = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
    try:
        sid: str = client.messages.create(to=to, body=text, **by).sid
    except TwilioRestException as error:
        if error.code in DEAD:
            raise AddressDead(f"Twilio {error.code}") from None
        # 401 and 403 are ours to put right; meanwhile nothing is lost.
        if error.status in {401, 403, 408, 429} or error.status >= 500:
            raise ProviderAway(f"Twilio {error.status}") from None
        raise MessageRefused(f"Twilio {error.code or error.status}") from None
    except requests.RequestException as error:
        raise ProviderAway(type(error).__name__) from None
    return sid
