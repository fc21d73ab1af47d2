"""Dispute: a charge that a cardholder's bank contests, from the day it opens to the day it is decided.

What Stripe says is recorded, never refused; news may come late, twice and in any order, so each method states a fact
that holds now. Money moves when Stripe's balance transactions say so: an inquiry has none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain import dispute_events as happened
from domain.contested import Loss
from domain.dispute_money import Moved
from domain.exchange import exchanged
from domain.ids import derived_id
from domain.payment import Payment
from domain.refusal import WrongState
from domain.root import Root

Status = Literal["inquiry", "needs_response", "under_review", "won", "lost", "closed"]
ENDED: frozenset[str] = frozenset({"won", "lost", "closed"})
EVIDENCE_MAX_CHARACTERS = 20_000  # docs.stripe.com/api/disputes/update: uncategorized_text.
EVIDENCE_MAX_TIMES = 5


def dispute_id_of(stripe_dispute_id: str) -> UUID:
    """One stream for each dispute of Stripe's."""
    return derived_id("dispute", stripe_dispute_id)


class Dispute(Root):
    """A charge that a cardholder's bank contests; its events are in dispute_events.py.

    `withdrawn_minor` and `loss` are of the round that is open, or was last: an end is not for ever.
    """

    TOPIC = "dispute"

    Opened: TypeAlias = happened.Opened
    Withdrawn: TypeAlias = happened.Withdrawn
    ReviewStarted: TypeAlias = happened.ReviewStarted
    Settled: TypeAlias = happened.Settled
    EvidenceRequested: TypeAlias = happened.EvidenceRequested
    EvidenceSubmitted: TypeAlias = happened.EvidenceSubmitted
    Won: TypeAlias = happened.Won
    Lost: TypeAlias = happened.Lost
    Closed: TypeAlias = happened.Closed
    Exchanged: TypeAlias = happened.Exchanged
    Recovered: TypeAlias = happened.Recovered
    Reopened: TypeAlias = happened.Reopened

    def __init__(self) -> None:
        self.stripe_dispute_id = ""
        self.payment_id = UUID(int=0)
        self.booking_id = UUID(int=0)
        self.vendor_id = UUID(int=0)
        self.traveller_id = UUID(int=0)
        self.currency = ""
        self.status: Status = "needs_response"
        self.withdrawn_minor = 0
        self.withdrawn_currency = ""
        self.loss = Loss()
        self.withdrawals = 0
        self.recovered_minor = 0
        self.recoveries = 0
        self.entries: tuple[str, ...] = ()
        self.evidence: tuple[str, ...] = ()
        self.evidence_sent = 0

    @classmethod
    def open(
        cls,
        payment: Payment,
        *,
        stripe_dispute_id: str,
        amount_minor: int,
        currency: str,
        reason: str,
        phase: happened.Phase,
        respond_by: datetime | None,
        now: datetime,
    ) -> Dispute:
        """A dispute of this payment. Its amount may be another than the payment's, even more."""
        return cls.begin(
            cls.Opened,
            stream_id=dispute_id_of(stripe_dispute_id),
            now=now,
            stripe_dispute_id=stripe_dispute_id,
            payment_id=payment.id,
            booking_id=payment.booking_id,
            vendor_id=payment.vendor_id,
            traveller_id=payment.traveller_id,
            amount_minor=amount_minor,
            currency=currency,
            reason=reason,
            phase=phase,
            respond_by=respond_by,
        )

    @property
    def is_open(self) -> bool:
        return self.status not in ENDED

    def withdraw(self, moved: Moved, loss: Loss, *, now: datetime) -> None:
        """This took money and a fee, the first or more of it; `loss` must add up to what it took."""
        assert self.is_open
        assert 0 < moved.amount_minor == loss.total_minor, (moved, loss)
        self.record(
            self.Withdrawn,
            now=now,
            **self._about(),
            amount_minor=moved.amount_minor,
            fee_minor=moved.fee_minor,
            currency=moved.currency,
            loss=loss,
        )
        self._settle(moved, -moved.amount_minor, now)

    def review(self, *, now: datetime) -> None:
        """The bank has the evidence; no event once it is decided."""
        if self.status == "needs_response":
            self.record(self.ReviewStarted, now=now)

    def win(self, moved: Moved | None, *, now: datetime) -> None:
        """Decided for us, and this brought the money back, if any had been taken."""
        assert self.is_open
        self.record(
            self.Won,
            now=now,
            **self._about(),
            currency=self.withdrawn_currency or self.currency,
            withdrawn_minor=self.withdrawn_minor,
            returned_minor=moved.amount_minor if moved else 0,
            fee_returned_minor=-moved.fee_minor if moved else 0,
            loss=self.loss,
        )
        if moved is not None:
            self._settle(moved, moved.amount_minor, now)

    def lose(self, *, now: datetime) -> None:
        """Decided for the cardholder."""
        assert self.is_open
        self.record(
            self.Lost,
            now=now,
            **self._about(),
            currency=self.withdrawn_currency or self.currency,
            withdrawn_minor=self.withdrawn_minor,
            loss=self.loss,
        )

    def close(self, *, now: datetime) -> None:
        """Over without any money having been taken."""
        assert self.is_open
        assert not self.withdrawn_minor
        self.record(self.Closed, now=now)

    def reopen(self, *, now: datetime) -> None:
        """It was over, and money is taken again."""
        assert not self.is_open
        self.record(self.Reopened, now=now, **self._about(), was=self.status, withdrawn_minor=self.withdrawn_minor)

    def recover(self, moved: Moved, *, won: bool, now: datetime) -> Loss:
        """Money came back after the end; who has it. `won`: the bank has changed its mind and decides for us."""
        assert not self.is_open
        loss = self.loss if self.status == "lost" else Loss()
        back = loss.recovered(self.recovered_minor, moved.amount_minor)
        self.record(
            self.Recovered,
            now=now,
            **self._about(),
            currency=moved.currency,
            returned_minor=moved.amount_minor,
            fee_returned_minor=-moved.fee_minor,
            back=back,
            won=won,
        )
        self._settle(moved, moved.amount_minor, now)
        return back

    def request_evidence(self, sealed: str, *, now: datetime) -> int:
        """Have this text sent to the bank; its number. Raises WrongState once decided, or after too many."""
        if not self.is_open:
            raise WrongState(f"A dispute that is {self.status} takes no evidence any more.")
        if len(self.evidence) >= EVIDENCE_MAX_TIMES:
            raise WrongState(f"Evidence was sent {EVIDENCE_MAX_TIMES} times; the bank reads no more.")
        number = len(self.evidence) + 1
        self.record(self.EvidenceRequested, now=now, number=number, traveller_id=self.traveller_id, sealed=sealed)
        return number

    def evidence_submitted(self, number: int, *, now: datetime) -> None:
        """Stripe has it."""
        if number > self.evidence_sent:
            self.record(self.EvidenceSubmitted, now=now, number=number)

    def _settle(self, moved: Moved, expected_minor: int, now: datetime) -> None:
        ids = {"booking_id": self.booking_id, "vendor_id": self.vendor_id}
        for entry in moved.entries:
            self.record(self.Settled, now=now, **ids, entry=entry)
        for facts in exchanged(moved.entries, expected_minor, moved.currency):
            fee_minor = moved.foreign_fee_minor if facts["currency"] != moved.currency else 0
            self.record(self.Exchanged, now=now, **ids, **facts, fee_minor=fee_minor)

    def _about(self) -> dict[str, object]:
        return {
            "stripe_dispute_id": self.stripe_dispute_id,
            "booking_id": self.booking_id,
            "vendor_id": self.vendor_id,
        }
