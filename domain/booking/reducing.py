"""A part of the price that an operator gives back before the trip: from then on the booking costs that much less."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.booking.state import BookingEvent, BookingState


class Reduced(BookingEvent):
    """An operator gave `amount_minor` of the price back through this payment, so that `price_minor` is left of it."""

    TOPIC = "booking.reduced"
    payment_id: UUID
    amount_minor: int
    price_minor: int

    def apply(self, aggregate: BookingState) -> None:
        aggregate.price_minor = self.price_minor
        aggregate.payments[self.payment_id] -= self.amount_minor


class Reducing(BookingState):
    def reduce(self, *, payment_id: UUID, amount_minor: int, now: datetime) -> None:
        """Take it off the price; what is left is what can be earned, or given back by the terms."""
        assert 0 < amount_minor <= self.unearned_minor, amount_minor
        left_minor = self.price_minor - amount_minor
        self.record(Reduced, now=now, payment_id=payment_id, amount_minor=amount_minor, price_minor=left_minor)
