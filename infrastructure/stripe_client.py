"""Stripe's own SDK as we use it: time limits, our pace, no retries of its own; and how to read what it answers."""

from http import HTTPStatus
from typing import Any, Final, cast

import requests
import stripe
from urllib3.exceptions import NewConnectionError

from domain.balance_entry import BalanceEntry
from infrastructure.stripe_amounts import minor_of
from infrastructure.stripe_pace import Paces

CONNECT_S: Final = 5
READ_S: Final = 25

V1 = Any  # The SDK's service tree; its types follow one API version and are of no help across several.


class PacedClient(stripe.RequestsClient):
    """Waits for its turn before each request, so that Stripe need not refuse any."""

    def __init__(self, paces: Paces) -> None:
        super().__init__(timeout=(CONNECT_S, READ_S))
        self._paces = paces

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:  # type: ignore[override]  # the SDK's own classes disagree about it
        self._paces.wait(url)
        return super().request(method, url, headers, post_data)


def client(api_key: str, api_base: str | None, paces: Paces) -> V1:
    """`api_base` is the sandbox's address, or None for Stripe itself. Retries are the task board's, not the SDK's."""
    addresses: Any = {"api": api_base} if api_base else {}
    return stripe.StripeClient(
        api_key, base_addresses=addresses, http_client=PacedClient(paces), max_network_retries=0
    ).v1


def may_have_arrived(error: Exception) -> bool:
    """Whether Stripe may have done what it was asked for, although no answer says so.

    A timeout, a reset, half an answer or a failure of Stripe's own tell nothing. A connection that was never made does.
    """
    if isinstance(error, stripe.APIConnectionError):
        return not _never_connected(error.__cause__)
    if not isinstance(error, stripe.StripeError):
        return False
    in_use = error.http_status == HTTPStatus.CONFLICT  # Another request under the same key is still being done.
    return in_use or type(error) is stripe.APIError


def _never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, requests.ConnectTimeout):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return isinstance(reason, NewConnectionError)


def is_replayed(error: stripe.StripeError) -> bool:
    """Whether this is the answer Stripe kept of an earlier request: its key says the same for a day, errors too."""
    headers = {str(name).lower(): value for name, value in (error.headers or {}).items()}
    return headers.get("idempotent-replayed") == "true"


def maybe(thing: Any, name: str) -> Any:
    """A field that Stripe leaves out when there is nothing to say; the SDK knows no such attribute then."""
    return getattr(thing, name, None)


def metadata_of(thing: Any) -> dict[str, str]:
    metadata = maybe(thing, "metadata")
    return cast("dict[str, str]", metadata.to_dict() if metadata else {})


def entry_of(balance_transaction: Any) -> BalanceEntry | None:
    """An expanded balance transaction; None while Stripe has none yet."""
    if balance_transaction is None or isinstance(balance_transaction, str):
        return None
    return balance_entry(balance_transaction)


def balance_entry(found: Any) -> BalanceEntry:
    """A balance transaction in our minor units, which a few currencies count otherwise than Stripe."""
    currency = found.currency.upper()
    return BalanceEntry(found.id, minor_of(found.amount, currency), minor_of(found.fee, currency), currency)
