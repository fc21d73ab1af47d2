"""Stripe's own ledger: the balance transactions of our account, page by page. Connected accounts' are not ours."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from domain.balance_entry import BalanceEntry
from infrastructure.stripe_client import balance_entry

PAGE_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class StripeEntry:
    """A balance transaction with Stripe's words for what it was (`kind`) and the object it belongs to (`source`)."""

    entry: BalanceEntry
    kind: str
    source: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Newest first; `more` says whether older ones follow."""

    entries: tuple[StripeEntry, ...]
    more: bool


class StripeLedger:
    """`v1` is the SDK's client of Stripe's API."""

    def __init__(self, v1: Any) -> None:
        self._v1 = v1

    def page(self, *, since: datetime | None, after_id: str | None) -> LedgerPage:
        """What was made at or after `since`, behind the transaction `after_id` of the page before."""
        asked: dict[str, Any] = {"limit": PAGE_MAX}
        if since is not None:
            asked["created"] = {"gte": int(since.timestamp())}
        if after_id is not None:
            asked["starting_after"] = after_id
        listed = self._v1.balance_transactions.list(asked)
        return LedgerPage(tuple(map(_entry, listed.data)), bool(listed.has_more))


def _entry(found: Any) -> StripeEntry:
    return StripeEntry(
        entry=balance_entry(found),
        kind=found.reporting_category,
        source=found.source,
        made_at=datetime.fromtimestamp(found.created, UTC),
    )
