"""Adjustment: money given to a vendor or taken from it, decided by two people of finance, with a reason on paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from domain.four_eyes import check_second_person
from domain.money import AMOUNT_MAX_MINOR, exponent
from domain.refusal import Refusal, WrongState
from domain.root import Event, FirstEvent, Root

Reason = Literal["correction", "compensation", "penalty", "write_off"]
Status = Literal["proposed", "approved", "rejected"]
Against = Literal["goodwill", "bad_debt"]


class NotInTheFuture(Refusal):
    """An adjustment cannot take effect in the future."""


class NothingToWriteOff(Refusal):
    """A write-off gives up what a vendor owes, so it is in the vendor's favour."""


class MoreThanOwed(Refusal):
    """A write-off gives up no more than the vendor owes just now."""


class Adjustment(Root):
    """`amount_minor` above zero is in the vendor's favour."""

    TOPIC = "adjustment"

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.currency = ""
        self.amount_minor = 0
        self.reason: Reason = "correction"
        self.document = ""
        self.effective_at: datetime | None = None
        self.proposed_by = UUID(int=0)
        self.decided_by: UUID | None = None
        self.status: Status = "proposed"

    @classmethod
    def propose(
        cls,
        *,
        adjustment_id: UUID,
        vendor_id: UUID,
        currency: str,
        amount_minor: int,
        reason: Reason,
        document: str,
        effective_at: datetime | None,
        by: UUID,
        now: datetime,
    ) -> Adjustment:
        """Nothing is booked until somebody else approves it. `document` is where the reason can be read.

        `effective_at` may lie in the past: then the books tell what it is from when it became known. Raises
        NotInTheFuture, NothingToWriteOff, UnsupportedCurrency.
        """
        exponent(currency)
        assert 0 < abs(amount_minor) <= AMOUNT_MAX_MINOR, amount_minor
        if effective_at is not None and effective_at > now:
            raise NotInTheFuture
        if reason == "write_off" and amount_minor < 0:
            raise NothingToWriteOff
        return cls.begin(
            cls.Proposed,
            stream_id=adjustment_id,
            now=now,
            vendor_id=vendor_id,
            currency=currency,
            amount_minor=amount_minor,
            reason=reason,
            document=document,
            effective_at=effective_at,
            proposed_by=by,
        )

    def approve(self, *, by: UUID, owed_minor: int, now: datetime) -> None:
        """Raises SecondPersonNeeded, WrongState if it was decided already, and MoreThanOwed.

        `owed_minor` is what the vendor owes in this currency, in minor units.
        """
        self._check_open()
        check_second_person(proposed_by=self.proposed_by, by=by)
        if self.reason == "write_off" and self.amount_minor > owed_minor:
            raise MoreThanOwed
        self.record(
            self.Approved,
            now=now,
            vendor_id=self.vendor_id,
            currency=self.currency,
            amount_minor=self.amount_minor,
            against="bad_debt" if self.reason == "write_off" else "goodwill",
            effective_at=self.effective_at or now,
            approved_by=by,
        )

    def reject(self, *, by: UUID, now: datetime) -> None:
        """The one who proposed it may take it back so. Raises WrongState if it was decided already."""
        self._check_open()
        self.record(self.Rejected, now=now, rejected_by=by)

    def _check_open(self) -> None:
        if self.status != "proposed":
            raise WrongState(f"This adjustment was {self.status} already.")

    class Proposed(FirstEvent):
        """Somebody of finance asks for it."""

        TOPIC = "adjustment.proposed"
        vendor_id: UUID
        currency: str
        amount_minor: int
        reason: Reason
        document: str
        effective_at: datetime | None
        proposed_by: UUID

        def apply(self, aggregate: Adjustment) -> None:
            facts: dict[str, Any] = dict(vars(self))
            for name in ("vendor_id", "currency", "amount_minor", "reason", "document", "effective_at", "proposed_by"):
                setattr(aggregate, name, facts[name])

    class Approved(Event):
        """Somebody else of finance agreed: it is booked, as of `effective_at`."""

        TOPIC = "adjustment.approved"
        vendor_id: UUID
        currency: str
        amount_minor: int
        against: Against
        effective_at: datetime
        approved_by: UUID

        def apply(self, aggregate: Adjustment) -> None:
            aggregate.status = "approved"
            aggregate.decided_by = self.approved_by

    class Rejected(Event):
        """It will not be booked."""

        TOPIC = "adjustment.rejected"
        rejected_by: UUID

        def apply(self, aggregate: Adjustment) -> None:
            aggregate.status = "rejected"
            aggregate.decided_by = self.rejected_by
