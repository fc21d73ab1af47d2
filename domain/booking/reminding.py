"""How a booking reminds: of a payment that is missing, of a vendor's answer, of a trip; each once for its instant."""

from datetime import datetime, timedelta
from typing import Final, Literal

from domain.booking.state import BookingEvent, BookingState

Reminder = Literal["payment", "answer", "trip"]

# How long before the instant that it is about. What was begun later than that is not reminded of: it is fresh.
LEAD: Final[dict[Reminder, timedelta]] = {
    "payment": timedelta(minutes=5),
    "answer": timedelta(hours=4),
    "trip": timedelta(hours=24),
}


class Reminded(BookingEvent):
    """It is time to tell somebody that `about` comes near: the end of a hold, of the time to answer, or the start."""

    TOPIC = "booking.reminded"
    what: Reminder
    about: datetime

    def apply(self, aggregate: BookingState) -> None:
        aggregate.reminded[self.what] = self.about


class Reminding(BookingState):
    """What is near, if anything is."""

    Reminded = Reminded

    def remind(self, what: Reminder, *, now: datetime) -> bool:
        """Remind, if it is time to and was not done for the same instant. True if it is done now."""
        about, since = self._comes(what)
        if about is None or self.reminded.get(what) == about:
            return False
        soon = about - LEAD[what]
        if not (soon <= now < about and since <= soon):
            return False
        self.record(self.Reminded, now=now, what=what, about=about)
        return True

    def _comes(self, what: Reminder) -> tuple[datetime | None, datetime]:
        """The instant that this is about while it matters, and since when there was something to remind of."""
        match what:
            case "payment":
                unpaid = self.status in {"held", "awaiting_payment"}
                return self.expires_at if unpaid else None, self.created_on
            case "answer":
                return self.answer_by if self.status == "awaiting_vendor" else None, self.asked_at or self.created_on
            case "trip":
                return self.starts_at if self.status == "confirmed" else None, self.created_on
