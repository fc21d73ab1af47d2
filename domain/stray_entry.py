"""StrayEntry: a balance transaction of Stripe's that no event of ours explains, one stream each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.ids import derived_id
from domain.root import Event, FirstEvent, Root


def stray_entry_id(balance_transaction_id: str) -> UUID:
    return derived_id("stray_entry", balance_transaction_id)


class StrayEntry(Root):
    TOPIC = "stray_entry"

    def __init__(self) -> None:
        self.entry = BalanceEntry("", 0, 0, "")
        self.identified = False

    @classmethod
    def suspend(cls, entry: BalanceEntry, *, kind: str, source: str | None, now: datetime) -> StrayEntry:
        """Book it to suspense. `kind` and `source` are Stripe's words: what it was, and of which object."""
        return cls.begin(
            cls.Suspended,
            stream_id=stray_entry_id(entry.balance_transaction_id),
            now=now,
            entry=entry,
            kind=kind,
            source=source,
        )

    def identify(self, *, now: datetime) -> None:
        """An event of ours books it now, so suspense must let it go; once is enough."""
        if not self.identified:
            self.record(self.Identified, now=now, entry=self.entry)

    class Suspended(FirstEvent):
        """Stripe moved this, and nobody knew why when the time to find out was over."""

        TOPIC = "stray_entry.suspended"
        entry: BalanceEntry
        kind: str
        source: str | None

        def apply(self, aggregate: StrayEntry) -> None:
            aggregate.entry = self.entry

    class Identified(Event):
        """It is explained by another event now."""

        TOPIC = "stray_entry.identified"
        entry: BalanceEntry

        def apply(self, aggregate: StrayEntry) -> None:
            aggregate.identified = True
