"""StrayEntry: a balance transaction of Stripe's that no event of ours explains, one stream each.

An event that comes later identifies it. What never will be an event of ours, such as money that somebody moved by hand,
two people of finance explain: one says what it is, another agrees.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain import stray_entry_events as happened
from domain.balance_entry import BalanceEntry
from domain.four_eyes import check_second_person
from domain.ids import derived_id
from domain.refusal import WrongState
from domain.root import Root
from domain.stray_entry_events import Explanation

Status = Literal["suspended", "proposed", "explained", "identified"]


def stray_entry_id(balance_transaction_id: str) -> UUID:
    return derived_id("stray_entry", balance_transaction_id)


class StrayEntry(Root):
    """Its events are in stray_entry_events.py."""

    TOPIC = "stray_entry"

    Suspended: TypeAlias = happened.Suspended
    Identified: TypeAlias = happened.Identified
    ExplanationProposed: TypeAlias = happened.ExplanationProposed
    Explained: TypeAlias = happened.Explained
    ExplanationRejected: TypeAlias = happened.ExplanationRejected
    ExplanationWithdrawn: TypeAlias = happened.ExplanationWithdrawn

    def __init__(self) -> None:
        self.entry = BalanceEntry("", 0, 0, "")
        self.kind = ""
        self.source: str | None = None
        self.status: Status = "suspended"
        self.explanation: Explanation | None = None
        self.proposed_by: UUID | None = None
        self.decided_by: UUID | None = None

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
        """An event of ours books it now, so suspense must let it go, and any explanation by hand; once is enough."""
        if self.status == "identified":
            return
        if self.status == "explained":
            self.record(self.ExplanationWithdrawn, now=now, entry=self.entry, explanation=self.explanation)
        self.record(self.Identified, now=now, entry=self.entry)

    def propose(self, explanation: Explanation, *, by: UUID, now: datetime) -> None:
        """Say what it is; nothing is booked until somebody else approves it. Raises WrongState unless it is suspended.

        Another proposal may follow one that was rejected.
        """
        if self.status != "suspended":
            raise WrongState(f"This entry is {self.status} already.")
        self.record(self.ExplanationProposed, now=now, explanation=explanation, proposed_by=by)

    def approve(self, *, by: UUID, now: datetime) -> None:
        """It leaves suspense for where the explanation says. Raises WrongState, SecondPersonNeeded."""
        self._check_proposed()
        check_second_person(proposed_by=self.proposed_by, by=by)
        self.record(self.Explained, now=now, entry=self.entry, explanation=self.explanation, approved_by=by)

    def reject(self, *, by: UUID, now: datetime) -> None:
        """It stays on suspense; the one who proposed it may take it back so. Raises WrongState."""
        self._check_proposed()
        self.record(self.ExplanationRejected, now=now, rejected_by=by)

    def _check_proposed(self) -> None:
        if self.status != "proposed":
            raise WrongState(f"This entry is {self.status}: no explanation waits for anybody.")
