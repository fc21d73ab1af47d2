"""Who pays for a refund that an operator decides on: by whose fault it is, and by what has been earned already.

A vendor never pays for the platform's fault. What the two had earned is given back in the parts in which they earned
it, exactly, however often a price is refunded in parts (domain.md, "The split").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from domain.money import refund_shares_minor
from domain.refund import Funding

if TYPE_CHECKING:
    from domain.booking import Booking

Fault = Literal["vendor", "platform", "goodwill"]


def operator_funding(
    booking: Booking, payment_id: UUID, amount_minor: int, *, at_fault: Fault, earned_back_minor: int
) -> Funding:
    """Where `amount_minor` of this payment comes from; `earned_back_minor` of the booking's earnings went back before.

    The vendor's fault: what nobody has earned yet, then what both have earned. The platform's: its own income of this
    booking if there is any yet, and its own pocket. Goodwill: its own pocket.
    """
    if at_fault == "goodwill":
        return Funding(goodwill_minor=amount_minor)
    unearned_minor = 0
    if at_fault == "vendor":
        unearned_minor = min(amount_minor, booking.unearned_minor, booking.payments.get(payment_id, 0))
    earned_left_minor = max(0, booking.earned_minor - earned_back_minor)
    back_minor = min(amount_minor - unearned_minor, earned_left_minor)
    vendor_minor, income_minor = refund_shares_minor(earned_back_minor, back_minor, booking.commission_bp)
    if at_fault == "platform":
        vendor_minor = 0
    completed = booking.status == "completed"
    return Funding(
        unearned_minor=unearned_minor,
        vendor_minor=vendor_minor,
        commission_minor=income_minor if completed else 0,
        goodwill_minor=amount_minor - unearned_minor - vendor_minor - income_minor,
        cancellation_minor=0 if completed else income_minor,
    )
