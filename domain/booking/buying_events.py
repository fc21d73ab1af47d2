"""What happens to a booking until it is paid: held, paid for, asked for, accepted; or expired, or declined."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from domain.booking.state import BookingEvent, BookingState
from domain.root import FirstEvent
from domain.terms import FrozenTerms


class Held(FirstEvent, BookingEvent):
    """Places are kept for a traveller until `expires_at`; price, commission and terms are fixed."""

    TOPIC = "booking.held"
    class_version = 2
    listing_id: UUID
    vendor_id: UUID
    traveller_id: UUID
    kind: Literal["departure", "stay"]
    booking_mode: Literal["instant", "request"]
    answer_within: str
    starts_at: datetime
    ends_at: datetime
    cells: int
    quantity: int
    unit_price_minor: int
    price_minor: int
    currency: str
    commission_bp: int
    terms: FrozenTerms
    expires_at: datetime

    @staticmethod
    def upcast_v1_v2(facts: dict[str, Any]) -> None:
        """Before, there were only departures, booked at once; deadlines did not say how far from the start they are."""
        unit_price_minor = facts["price_minor"] // facts["quantity"]
        facts.update(kind="departure", booking_mode="instant", answer_within="", cells=1)
        facts.update(unit_price_minor=unit_price_minor)
        terms, starts_at = facts["terms"], datetime.fromisoformat(facts["starts_at"])
        terms.update(time_zone="UTC", lapsed=f"{terms['name']}: nothing back after the last deadline")
        for deadline in (*terms["deadlines"], *filter(None, [terms["grace"]])):
            before = starts_at - datetime.fromisoformat(deadline["until"])
            deadline["before"] = f"P{before.days}DT{before.seconds}S"

    def apply(self, aggregate: BookingState) -> None:
        aggregate.listing_id = self.listing_id
        aggregate.vendor_id = self.vendor_id
        aggregate.traveller_id = self.traveller_id
        aggregate.kind = self.kind
        aggregate.booking_mode = self.booking_mode
        aggregate.answer_within = self.answer_within
        aggregate.starts_at = self.starts_at
        aggregate.ends_at = self.ends_at
        aggregate.cells = self.cells
        aggregate.quantity = self.quantity
        aggregate.unit_price_minor = self.unit_price_minor
        aggregate.price_minor = self.price_minor
        aggregate.currency = self.currency
        aggregate.commission_bp = self.commission_bp
        aggregate.terms = self.terms
        aggregate.expires_at = self.expires_at


class PaymentStarted(BookingEvent):
    """The traveller began to pay; the hold lasts until `expires_at`."""

    TOPIC = "booking.payment_started"
    payment_id: UUID
    expires_at: datetime

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "awaiting_payment"
        aggregate.payment_id = self.payment_id
        aggregate.payment_open = True
        aggregate.expires_at = self.expires_at


class PaymentEnded(BookingEvent):
    """That payment came to nothing; another may be tried while the hold lives."""

    TOPIC = "booking.payment_ended"
    payment_id: UUID

    def apply(self, aggregate: BookingState) -> None:
        aggregate.payment_open = False


class Authorised(BookingEvent):
    """The money is set aside, and the vendor is asked; without an answer by `answer_by` it is a no."""

    TOPIC = "booking.authorised"
    payment_id: UUID
    answer_by: datetime

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "awaiting_vendor"
        aggregate.payment_open = False
        aggregate.expires_at = None
        aggregate.answer_by = self.answer_by
        aggregate.asked_at = self.timestamp


class Accepted(BookingEvent):
    """The vendor said yes: the places are sold, and the money that was set aside is taken."""

    TOPIC = "booking.accepted"
    payment_id: UUID
    by: Literal["vendor", "platform"]

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "confirmed"
        aggregate.answer_by = None


class Paid(BookingEvent):
    """The money that was set aside is here."""

    TOPIC = "booking.paid"
    payment_id: UUID

    def apply(self, aggregate: BookingState) -> None:
        aggregate.paid = True
        aggregate.payments[self.payment_id] = aggregate.price_minor


class Declined(BookingEvent):
    """The vendor said no, or nobody said anything in time; the traveller pays nothing."""

    TOPIC = "booking.declined"
    by: Literal["vendor", "platform", "nobody"]
    reason: str

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "declined"
        aggregate.answer_by = None


class Confirmed(BookingEvent):
    """Paid, and the places are sold; `late` if the booking had expired before."""

    TOPIC = "booking.confirmed"
    payment_id: UUID
    late: bool

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "confirmed"
        aggregate.payment_open = False
        aggregate.expires_at = None
        aggregate.paid = True
        aggregate.payments[self.payment_id] = aggregate.price_minor


class Expired(BookingEvent):
    """The hold ran out unpaid, or was paid when its places had gone (`capacity_lost`)."""

    TOPIC = "booking.expired"
    capacity_lost: bool

    def apply(self, aggregate: BookingState) -> None:
        aggregate.status = "expired"
