"""Stripe's news: who is told, and what happened since an instant."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from infrastructure.stripe_client import V1
from infrastructure.stripe_inbox import StripeNews


class StripeNewsFeed:
    """`v1` is the SDK's client of Stripe's API."""

    def __init__(self, v1: V1) -> None:
        self._v1 = v1

    def register_webhooks(self, url: str) -> list[str]:
        """Have every event delivered to `url`, ours and our vendors' accounts'; the secrets that sign them."""
        for known in self._v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter():
            if known.url == url:
                self._v1.webhook_endpoints.delete(known.id)
        made = [
            self._v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"], "connect": connect})
            for connect in (False, True)
        ]
        return [endpoint.secret for endpoint in made if endpoint.secret is not None]

    def since(self, at: datetime, account: str | None = None) -> Iterator[tuple[datetime, StripeNews]]:
        """What happened from this instant on and when, newest first. Stripe keeps 30 days. `account` is a vendor's."""
        asked: dict[str, Any] = {"created": {"gte": int(at.timestamp())}, "limit": 100}
        options = {"stripe_account": account} if account else {}
        for event in self._v1.events.list(asked, options).auto_paging_iter():
            thing_id = getattr(event.data.object, "id", "")
            happened_at = datetime.fromtimestamp(event.created, UTC)
            yield happened_at, StripeNews(event.id, event.type, thing_id, account, event.livemode)
