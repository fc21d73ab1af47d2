"""How a booking is asked for where the vendor must agree: authorised, then accepted, declined, or not answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.booking import buying_events as events
from domain.booking.refusals import AnswerTooLate
from domain.booking.state import BookingState
from domain.duration import instant_after, parse_duration
from domain.money import Money
from domain.refusal import WrongState

# So long before the card's authorisation ends the vendor's time to answer is over: capturing takes its time.
CAPTURE_TAKES = timedelta(hours=24)


class Answering(BookingState):
    def authorised(self, *, payment_id: UUID, money: Money, capture_before: datetime | None, now: datetime) -> bool:
        """The money is set aside: ask the vendor. False if nobody wants it, or no time is left to answer."""
        wanted = (
            self.booking_mode == "request"
            and self.status in {"awaiting_payment", "expired"}
            and self.payment_id == payment_id
            and money == Money(self.price_minor, self.currency)
        )
        answer_by = self._answer_by(capture_before, now) if wanted else now
        if answer_by <= now:
            return False
        self.record(events.Authorised, now=now, payment_id=payment_id, answer_by=answer_by)
        return True

    def _answer_by(self, capture_before: datetime | None, now: datetime) -> datetime:
        """Days of the answer time are counted where the listing is."""
        answered = instant_after(now, parse_duration(self.answer_within), self.terms.time_zone)
        taken = (capture_before - CAPTURE_TAKES,) if capture_before else ()
        return min(answered, self.starts_at, *taken)

    def accept(self, *, by: Literal["vendor", "platform"], now: datetime) -> bool:
        """The vendor says yes; exactly at the deadline is in time. False if it has said so.

        Raises AnswerTooLate, WrongState.
        """
        if self.capturing or (self.booking_mode == "request" and self.status == "confirmed"):
            return False
        self._check_asked("accepted")
        assert self.answer_by is not None
        if now > self.answer_by:
            raise AnswerTooLate
        self.record(events.Accepted, now=now, payment_id=self.payment_id, by=by)
        return True

    def taken(self, *, payment_id: UUID, now: datetime) -> None:
        """The money of an accepted request is here."""
        assert self.capturing
        self.record(events.Paid, now=now, payment_id=payment_id)

    def decline(self, *, by: Literal["vendor", "platform"], reason: str, now: datetime) -> bool:
        """The vendor says no. False if that is known. Raises WrongState."""
        if self.status == "declined":
            return False
        self._check_asked("declined")
        self.record(events.Declined, now=now, by=by, reason=reason)
        return True

    def lapse(self, *, now: datetime) -> bool:
        """Nobody answered in time. False if there is nothing to do (any more, or yet)."""
        if self.status != "awaiting_vendor" or self.answer_by is None or now < self.answer_by:
            return False
        self.record(events.Declined, now=now, by="nobody", reason="")
        return True

    def _check_asked(self, answer: str) -> None:
        if self.status != "awaiting_vendor":
            raise WrongState(f"A booking that is {self.status.replace('_', ' ')} cannot be {answer}.")
