"""Payout: money sent to a vendor for one period, naming exactly the lines it settles; and the run that drafts them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from domain.ids import payout_run_id
from domain.payment import BalanceEntry
from domain.root import Event, FirstEvent, Root
from domain.vendor import Cadence
from domain.vendor_ledger import Line

Status = Literal["drafted", "transferred", "bank_submitted", "paid", "failed"]


class Payout(Root):
    TOPIC = "payout"

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.currency = ""
        self.amount_minor = 0
        self.destination = ""
        self.period_end = date.min
        self.status: Status = "drafted"
        self.transfer_id: str | None = None
        self.transfer_settled = False
        self.stripe_payout_id: str | None = None
        self.lines: tuple[Line, ...] = ()

    @classmethod
    def draft(
        cls,
        *,
        payout_id: UUID,
        vendor_id: UUID,
        currency: str,
        cadence: Cadence,
        period_end: date,
        destination: str,
        lines: tuple[Line, ...],
        now: datetime,
    ) -> Payout:
        """A payout of these lines to the vendor's Stripe account `destination`."""
        return cls.begin(
            cls.Drafted,
            stream_id=payout_id,
            now=now,
            vendor_id=vendor_id,
            currency=currency,
            cadence=cadence,
            period_end=period_end,
            destination=destination,
            amount_minor=sum(line.amount_minor for line in lines),
            lines=lines,
        )

    def transferred(self, *, transfer_id: str, now: datetime) -> None:
        """The money stands on the vendor's Stripe account."""
        if self.transfer_id is None:
            self.record(self.Transferred, now=now, **self._money(), transfer_id=transfer_id)

    def transfer_settled_by(self, entry: BalanceEntry, *, now: datetime) -> None:
        if not self.transfer_settled:
            self.record(self.TransferSettled, now=now, vendor_id=self.vendor_id, entry=entry)

    def bank_submitted(self, *, stripe_payout_id: str, now: datetime) -> None:
        if self.stripe_payout_id is None:
            self.record(self.BankSubmitted, now=now, stripe_payout_id=stripe_payout_id)

    def paid(self, *, now: datetime) -> None:
        """The bank has it. A failure that was recorded before outranks it."""
        if self.status == "bank_submitted":
            self.record(self.Paid, now=now, **self._money())

    def failed(self, *, code: str, now: datetime) -> None:
        """The bank sent it back, perhaps days after `paid` (Stripe, payouts); the money stays in transit."""
        if self.status in {"bank_submitted", "paid"}:
            self.record(self.Failed, now=now, **self._money(), code=code, had_been_paid=self.status == "paid")

    def _money(self) -> dict[str, object]:
        return {"vendor_id": self.vendor_id, "currency": self.currency, "amount_minor": self.amount_minor}

    class Drafted(FirstEvent):
        """These lines are to be paid to this Stripe account."""

        TOPIC = "payout.drafted"
        vendor_id: UUID
        currency: str
        cadence: Cadence
        period_end: date
        destination: str
        amount_minor: int
        lines: tuple[Line, ...]

        def apply(self, aggregate: Payout) -> None:
            aggregate.vendor_id = self.vendor_id
            aggregate.currency = self.currency
            aggregate.amount_minor = self.amount_minor
            aggregate.destination = self.destination
            aggregate.period_end = self.period_end
            aggregate.lines = self.lines

    class Transferred(Event):
        """The money stands on the vendor's Stripe account."""

        TOPIC = "payout.transferred"
        vendor_id: UUID
        currency: str
        amount_minor: int
        transfer_id: str

        def apply(self, aggregate: Payout) -> None:
            if aggregate.status == "drafted":  # News of the bank payout may have come first.
                aggregate.status = "transferred"
            aggregate.transfer_id = self.transfer_id

    class TransferSettled(Event):
        """The balance transaction of the transfer was seen."""

        TOPIC = "payout.transfer_settled"
        vendor_id: UUID
        entry: BalanceEntry

        def apply(self, aggregate: Payout) -> None:
            aggregate.transfer_settled = True

    class BankSubmitted(Event):
        """On its way to the bank, as `stripe_payout_id`."""

        TOPIC = "payout.bank_submitted"
        stripe_payout_id: str

        def apply(self, aggregate: Payout) -> None:
            aggregate.status = "bank_submitted"
            aggregate.stripe_payout_id = self.stripe_payout_id

    class Paid(Event):
        """The bank has it."""

        TOPIC = "payout.paid"
        vendor_id: UUID
        currency: str
        amount_minor: int

        def apply(self, aggregate: Payout) -> None:
            aggregate.status = "paid"

    class Failed(Event):
        """The bank sent it back, perhaps days after `paid`; the money stays in transit."""

        TOPIC = "payout.failed"
        vendor_id: UUID
        currency: str
        amount_minor: int
        code: str
        had_been_paid: bool

        def apply(self, aggregate: Payout) -> None:
            aggregate.status = "failed"


class PayoutRun(Root):
    """One run of payouts for a cadence and the period that ends before `period_end` (exclusive)."""

    TOPIC = "payout_run"

    def __init__(self) -> None:
        self.cadence: Cadence = "weekly"
        self.period_end = date.min
        self.cutoff = datetime.min.replace(tzinfo=UTC)
        self.finished = False
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

    class Finished(Event):
        """Every vendor has been looked at."""

        TOPIC = "payout_run.finished"
        payouts: int
        carried: int

        def apply(self, aggregate: PayoutRun) -> None:
            aggregate.finished = True
            aggregate.payouts = self.payouts
            aggregate.carried = self.carried
