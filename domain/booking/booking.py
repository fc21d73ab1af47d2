"""The aggregate: a booking with all its behaviour, and its events under the names they are known by."""

from domain import contested
from domain.booking import buying_events as buying
from domain.booking import later_events as later
from domain.booking.answering import Answering
from domain.booking.buying import Buying
from domain.booking.changing import Changing
from domain.booking.reducing import Reduced, Reducing
from domain.booking.reminding import Reminded, Reminding
from domain.booking.state import BookingEvent, BookingState


class Booking(Buying, Answering, Changing, Reducing, Reminding):
    """What was booked, at which price and terms; its decisions stand beside the behaviour they belong to."""

    TOPIC = "booking"
    Event = BookingEvent

    def __init__(self) -> None:
        # The library makes every aggregate class a dataclass, with an empty constructor where there is none.
        BookingState.__init__(self)

    Held = buying.Held
    PaymentStarted = buying.PaymentStarted
    PaymentEnded = buying.PaymentEnded
    Authorised = buying.Authorised
    Accepted = buying.Accepted
    Paid = buying.Paid
    Declined = buying.Declined
    Confirmed = buying.Confirmed
    Expired = buying.Expired
    ChangeStarted = later.ChangeStarted
    TopUpStarted = later.TopUpStarted
    ChangeDropped = later.ChangeDropped
    Rescheduled = later.Rescheduled
    PartCancelled = later.PartCancelled
    Cancelled = later.Cancelled
    NoShowRecorded = later.NoShowRecorded
    Completed = later.Completed
    Reduced = Reduced
    Reminded = Reminded
    Contested = contested.BookingContested
    ContestEnded = contested.BookingContestEnded
