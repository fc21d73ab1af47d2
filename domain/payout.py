"""Payout: money sent to a vendor for one period, naming exactly the lines it settles.

What Stripe says is recorded, never refused, and late or repeated news changes nothing (domain.md, "monotone rank").
What a person may ask for is in payout_control.py.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain import payout_back_events as came_back
from domain import payout_events as happened
from domain.balance_entry import BalanceEntry
from domain.payout_events import PayoutStep
from domain.refusal import Refusal, WrongState
from domain.root import Root
from domain.vendor import Cadence, PayoutMethod
from domain.vendor_line import Line

Status = Literal["drafted", "transfer_submitted", "transferred", "bank_submitted", "paid", "failed", "cancelled"]


class NotInAFile(Refusal):
    """Our bank was never asked to pay this payout: it stands in no payment file."""


class Payout(Root):
    TOPIC = "payout"

    Drafted: TypeAlias = happened.Drafted
    TransferSubmitted: TypeAlias = happened.TransferSubmitted
    Transferred: TypeAlias = happened.Transferred
    TransferSettled: TypeAlias = happened.TransferSettled
    BankRequested: TypeAlias = happened.BankRequested
    BankSubmitted: TypeAlias = happened.BankSubmitted
    Paid: TypeAlias = happened.Paid
    Failed: TypeAlias = happened.Failed
    Refused: TypeAlias = happened.Refused
    Unresolved: TypeAlias = happened.Unresolved
    Held: TypeAlias = happened.Held
    Released: TypeAlias = happened.Released
    Retried: TypeAlias = happened.Retried
    Cancelled: TypeAlias = came_back.Cancelled
    ReversalRequested: TypeAlias = came_back.ReversalRequested
    TransferReversed: TypeAlias = came_back.TransferReversed
    ReversalSettled: TypeAlias = came_back.ReversalSettled
    Filed: TypeAlias = happened.Filed
    Returned: TypeAlias = came_back.Returned

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.currency = ""
        self.cadence: Cadence = "weekly"
        self.period_end = date.min
        self.amount_minor = 0
        self.destination = ""
        self.method: PayoutMethod = "stripe"
        self.lines: tuple[Line, ...] = ()
        self.status: Status = "drafted"
        self.unresolved_step: PayoutStep | None = None
        self.on_hold = False
        self.failure_code: str | None = None
        self.transfer_begun = False
        self.transfer_id: str | None = None
        self.transfer_settled = False
        self.bank_requested = False
        self.stripe_payout_id: str | None = None
        self.reversal_requested = False
        self.reversal_id: str | None = None
        self.reversal_settled = False
        self.returned = False
        self.file_id: UUID | None = None
        self.details_version = 0

    @classmethod
    def draft(
        cls,
        *,
        payout_id: UUID,
        vendor_id: UUID,
        currency: str,
        cadence: Cadence,
        period_end: date,
        method: PayoutMethod,
        destination: str,
        lines: tuple[Line, ...],
        now: datetime,
    ) -> Payout:
        """A payout of these lines: to the Stripe account `destination`, or by our bank to the vendor's own account."""
        return cls.begin(
            cls.Drafted,
            stream_id=payout_id,
            now=now,
            vendor_id=vendor_id,
            currency=currency,
            cadence=cadence,
            period_end=period_end,
            method=method,
            destination=destination,
            amount_minor=sum(line.amount_minor for line in lines),
            lines=lines,
        )

    @property
    def shown_status(self) -> str:
        """As people are told: `unresolved` while nobody knows what became of a step, whatever it was before."""
        return "unresolved" if self.unresolved_step else self.status

    @property
    def next_step(self) -> PayoutStep | None:
        """What is still to be asked of Stripe, or of our bank; None once it has ended well, or the money is back."""
        if self.method == "bank_transfer":
            return "file" if self.status == "drafted" else None
        if self.reversal_id is not None or self.status == "paid":
            return None
        if self.returned:  # Cancelled before anything was known to be sent; a transfer may have come to light since.
            return "reversal" if self.transfer_id else None
        if self.status == "failed" or self.reversal_requested:
            return "reversal"
        return "transfer" if self.transfer_id is None else "bank"

    def know(self, step: PayoutStep) -> None:
        """For events only: what became of this step is known now."""
        if self.unresolved_step == step:
            self.unresolved_step = None

    def begin_transfer(self, *, now: datetime) -> bool:
        """Whether the transfer may be asked for; it is recorded first, so that nobody cancels what may have moved."""
        if self.on_hold or self.next_step != "transfer":
            return False
        if self.status == "drafted":
            self.record(self.TransferSubmitted, now=now)
        return True

    def transferred(self, *, transfer_id: str, now: datetime) -> None:
        """The money stands on the vendor's Stripe account; of a payout that was cancelled, it is to be taken back."""
        if self.transfer_id is None:
            facts = {"transfer_id": transfer_id, "had_returned": self.returned}
            self.record(self.Transferred, now=now, **self.money(), **facts)
            if self.returned:
                self.record(self.ReversalRequested, now=now, reason="it had been cancelled")

    def transfer_settled_by(self, entry: BalanceEntry, *, now: datetime) -> None:
        if not self.transfer_settled:
            self.record(self.TransferSettled, now=now, vendor_id=self.vendor_id, entry=entry)

    def begin_bank_payout(self, *, now: datetime) -> bool:
        """As `begin_transfer`, for the way from the Stripe account to the bank."""
        if self.on_hold or self.next_step != "bank":
            return False
        if not self.bank_requested:
            self.record(self.BankRequested, now=now)
        return True

    def bank_submitted(self, *, stripe_payout_id: str, now: datetime) -> None:
        if self.stripe_payout_id is None:
            self.record(self.BankSubmitted, now=now, stripe_payout_id=stripe_payout_id)

    def paid(self, *, now: datetime) -> None:
        """The bank has it. A failure that was recorded before outranks it."""
        if self.status == "bank_submitted":
            self.record(self.Paid, now=now, **self.money(), method=self.method)

    def failed(self, *, code: str, now: datetime) -> None:
        """The bank sent it back, perhaps days after `paid` (Stripe, payouts); its transfer is to be reversed."""
        if self.status in {"bank_submitted", "paid"}:
            had_been_paid = self.status == "paid"
            facts = {"code": code, "had_been_paid": had_been_paid, "method": self.method}
            self.record(self.Failed, now=now, **self.money(), **facts)

    def refused(self, *, step: PayoutStep, code: str, now: datetime) -> None:
        """Stripe said no to this step, for now. No event for the reversal, which a person cannot stop anyway."""
        begun = self.status == "transfer_submitted" if step == "transfer" else self.bank_requested
        if self.next_step == step != "reversal" and begun and not (step == "bank" and self.stripe_payout_id):
            self.record(self.Refused, now=now, step=step, code=code)

    def unresolved(self, *, step: PayoutStep, why: str, now: datetime) -> None:
        """Stripe was asked for this step and nobody knows what became of it; no event once that is known."""
        if self.next_step == step and self.unresolved_step != step and not (step == "bank" and self.stripe_payout_id):
            self.record(self.Unresolved, now=now, step=step, why=why)

    def reversed_by(self, *, reversal_id: str, now: datetime) -> bool:
        """The transfer was taken back: the money is ours again. True if with that it is the vendor's again, too."""
        if self.reversal_id is not None:
            return False
        had_failed, had_returned = self.status == "failed", self.returned
        facts = {"reversal_id": reversal_id, "had_failed": had_failed, "had_returned": had_returned}
        self.record(self.TransferReversed, now=now, **self.money(), **facts)
        return not had_returned

    def reversal_settled_by(self, entry: BalanceEntry, *, now: datetime) -> None:
        if not self.reversal_settled:
            self.record(self.ReversalSettled, now=now, vendor_id=self.vendor_id, entry=entry)

    def file(self, *, file_id: UUID, details_version: int, now: datetime) -> bool:
        """Put it into a payment file, once and for all; False if it is not one that can be now.

        `details_version` is the event of the vendor's account that names the bank account it goes to.
        """
        if self.on_hold or self.next_step != "file":
            return False
        self.record(self.Filed, now=now, file_id=file_id, details_version=details_version)
        return True

    def confirm_paid(self, *, now: datetime) -> None:
        """Our bank has paid it. Raises NotInAFile for what our bank was never asked to pay, WrongState if it failed."""
        self._check_filed()
        if self.status == "failed":
            raise WrongState("This payout came back already.")
        self.paid(now=now)

    def give_back(self, *, code: str, now: datetime) -> bool:
        """The bank did not take it, or sent it back: it is the vendor's again. False if that is known.

        Raises NotInAFile for what our bank was never asked to pay.
        """
        self._check_filed()
        if self.returned:
            return False
        self.failed(code=code, now=now)
        self.record(self.Returned, now=now, **self.money())
        return True

    def _check_filed(self) -> None:
        if self.file_id is None:
            raise NotInAFile

    def money(self) -> dict[str, object]:
        """What every event names that moves this money."""
        return {"vendor_id": self.vendor_id, "currency": self.currency, "amount_minor": self.amount_minor}
