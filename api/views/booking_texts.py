"""What happened to a booking, in plain words: one sentence for every event, with roles and no names.

Nothing here is personal and nothing tells how a price is split: travellers, vendors and staff read the same.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from domain.booking import Booking
from domain.root import Event
from domain.terms import Outcome
from domain.words import said_amount, said_count, said_day, said_instant, said_time

_WHO: Final = {"traveller": "The traveller", "vendor": "The vendor", "platform": "We", "nobody": "Nobody"}


def text_of(event: Event, *, time_zone: str, currency: str) -> str:
    """A sentence or two; local times are those of `time_zone`, where the listing is."""
    return _TEXTS[type(event)](event, _Words(event.timestamp, time_zone, currency))


class _Words:
    """Says instants and amounts of one booking."""

    def __init__(self, at: datetime, time_zone: str, currency: str) -> None:
        self._at = at
        self._zone = time_zone
        self._currency = currency

    def until(self, instant: datetime) -> str:
        """Only the time, if it is the day on which it was said."""
        if said_day(instant, self._zone) == said_day(self._at, self._zone):
            return said_time(instant, self._zone)
        return said_instant(instant, self._zone)

    def when(self, instant: datetime) -> str:
        return said_instant(instant, self._zone)

    def amount(self, amount_minor: int) -> str:
        return said_amount(amount_minor, self._currency)

    def refund(self, outcome: Outcome) -> str:
        if not outcome.refund_minor:
            return f"Nothing is refunded. {outcome.clause}"
        return f"{self.amount(outcome.refund_minor)} is refunded. {outcome.clause}"


def _trip(event: Any, say: _Words) -> str:
    nights = f", {said_count(event.cells, 'night')}" if event.cells > 1 else ""
    return f"{said_count(event.quantity, 'place')} from {say.when(event.starts_at)}{nights}"


def _held(e: Any, say: _Words) -> str:
    return f"The traveller held {said_count(e.quantity, 'place')} until {say.until(e.expires_at)}."


def _declined(e: Any, _: _Words) -> str:
    return "Nobody answered in time." if e.by == "nobody" else f"{_WHO[e.by]} declined."


def _confirmed(e: Any, _: _Words) -> str:
    late = " The hold had run out, but the places were still free." if e.late else ""
    return f"The payment arrived and the booking is confirmed.{late}"


def _expired(e: Any, _: _Words) -> str:
    if e.capacity_lost:
        return "The payment came after the hold had run out, and the places were gone. It is given back in full."
    return "The hold ran out unpaid."


def _change_started(e: Any, say: _Words) -> str:
    return (
        f"{_WHO[e.by]} asked to change to {_trip(e, say)}. It is held until {say.until(e.expires_at)};"
        f" {say.amount(e.due_minor)} more is to be paid."
    )


_REMINDED: Final = {
    "payment": "The traveller was reminded to pay until {}.",
    "answer": "The vendor was reminded to answer until {}.",
    "trip": "The traveller was reminded of the trip, which starts {}.",
}
_WHY: Final = {
    "expired": "The change was not paid in time.",
    "replaced": "The change gave way to another one.",
    "withdrawn": "The change was withdrawn.",
    "capacity_lost": "The places for the change were gone when the payment came. It is given back in full.",
    "not_wanted": "The payment did not fit the change. It is given back in full.",
}


def _rescheduled(e: Any, say: _Words) -> str:
    paid = f" {say.amount(e.paid_minor)} more was paid." if e.paid_minor else ""
    back = f" {say.refund(e.outcome)}" if e.outcome else ""
    return f"{_WHO[e.by]} changed the booking to {_trip(e, say)}.{paid}{back}"


def _cancelled(e: Any, say: _Words) -> str:
    if e.was_paid:
        return f"{_WHO[e.by]} cancelled. {say.refund(e.outcome)}"
    return f"{_WHO[e.by]} cancelled before anything was paid."


_TEXTS: Final[dict[type[Event], Callable[[Any, _Words], str]]] = {
    Booking.Held: _held,
    Booking.PaymentStarted: lambda e, say: (
        f"The traveller began to pay. The places are held until {say.until(e.expires_at)}."
    ),
    Booking.PaymentEnded: lambda _e, _say: "The payment did not go through.",
    Booking.Authorised: lambda e, say: (
        f"The money is set aside, not taken. The vendor has until {say.until(e.answer_by)} to answer."
    ),
    Booking.Accepted: lambda e, _say: f"{_WHO[e.by]} accepted. The booking is confirmed and the money is taken.",
    Booking.Paid: lambda _e, _say: "The payment arrived.",
    Booking.Declined: lambda e, say: f"{_declined(e, say)} The traveller pays nothing.",
    Booking.Confirmed: _confirmed,
    Booking.Expired: _expired,
    Booking.ChangeStarted: _change_started,
    Booking.TopUpStarted: lambda e, say: (
        f"The traveller began to pay for the change. It is held until {say.until(e.expires_at)}."
    ),
    Booking.ChangeDropped: lambda e, _say: f"{_WHY[e.why]} The booking stays as it was.",
    Booking.Rescheduled: _rescheduled,
    Booking.PartCancelled: lambda e, say: (
        f"{_WHO[e.by]} cancelled a part. What stays: {_trip(e, say)}. {say.refund(e.outcome)}"
    ),
    Booking.Cancelled: _cancelled,
    Booking.Reduced: lambda e, say: (
        f"We gave {say.amount(e.amount_minor)} back. The booking now costs {say.amount(e.price_minor)}."
    ),
    Booking.NoShowRecorded: lambda e, say: f"{_WHO[e.by]} recorded that nobody came. {say.refund(e.outcome)}",
    Booking.Completed: lambda _e, _say: "The trip is over.",
    Booking.Reminded: lambda e, say: _REMINDED[e.what].format(say.until(e.about)),
    Booking.Contested: lambda _e, _say: "The traveller's bank disputes the payment.",
    Booking.ContestEnded: lambda e, _say: (
        "The bank decided the dispute for the traveller." if e.lost else "The bank decided the dispute for us."
    ),
}
