"""PayoutRun: one run of payouts for a cadence and period, which looks at every vendor that has money waiting."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from domain.ids import payout_run_id
from domain.root import Event, FirstEvent, Root
from domain.vendor import Cadence


class PayoutRun(Root):
    """One run of payouts for a cadence and the period that ends before `period_end` (exclusive)."""

    TOPIC = "payout_run"

    def __init__(self) -> None:
        self.cadence: Cadence = "weekly"
        self.period_end = date.min
        self.cutoff = datetime.min.replace(tzinfo=UTC)
        self.finished = False
        self.looked_at: tuple[UUID, str] | None = None
        self.waiting = 0
        self.payouts = 0
        self.carried = 0

    @classmethod
    def start(cls, *, cadence: Cadence, period_end: date, cutoff: datetime, now: datetime) -> PayoutRun:
        """Begin a run. `cutoff` is the instant at which `period_end` begins in the platform's time zone."""
        return cls.begin(
            cls.Started,
            stream_id=payout_run_id(cadence, period_end),
            now=now,
            cadence=cadence,
            period_end=period_end,
            cutoff=cutoff,
        )

    def advance(
        self, *, vendor_id: UUID, currency: str, payouts: int, carried: int, waiting: int, now: datetime
    ) -> None:
        """Every vendor up to this one has been looked at, in the order of (vendor, currency); `waiting` are all.

        `payouts` and `carried` count from the beginning. News of what is known already is no event.
        """
        if not self.finished and (self.looked_at is None or self.looked_at < (vendor_id, currency)):
            self.record(
                self.Advanced,
                now=now,
                vendor_id=vendor_id,
                currency=currency,
                payouts=payouts,
                carried=carried,
                waiting=waiting,
            )

    def finish(self, *, payouts: int, carried: int, now: datetime) -> None:
        """Every vendor has been looked at: `payouts` drafted, `carried` below what can be paid."""
        if not self.finished:
            self.record(self.Finished, now=now, payouts=payouts, carried=carried)

    class Started(FirstEvent):
        """Payouts of this period are being drafted."""

        TOPIC = "payout_run.started"
        cadence: Cadence
        period_end: date
        cutoff: datetime

        def apply(self, aggregate: PayoutRun) -> None:
            aggregate.cadence = self.cadence
            aggregate.period_end = self.period_end
            aggregate.cutoff = self.cutoff

    class Advanced(Event):
        """Every vendor up to this one has been looked at."""

        TOPIC = "payout_run.advanced"
        vendor_id: UUID
        currency: str
        payouts: int
        carried: int
        waiting: int

        def apply(self, aggregate: PayoutRun) -> None:
            aggregate.looked_at = (self.vendor_id, self.currency)
            aggregate.payouts = self.payouts
            aggregate.carried = self.carried
            aggregate.waiting = self.waiting

    class Finished(Event):
        """Every vendor has been looked at."""

        TOPIC = "payout_run.finished"
        payouts: int
        carried: int

        def apply(self, aggregate: PayoutRun) -> None:
            aggregate.finished = True
            aggregate.payouts = self.payouts
            aggregate.carried = self.carried
