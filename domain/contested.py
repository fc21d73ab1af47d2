"""What a dispute does to the payment and the booking it is about: contested money is neither paid back nor earned."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.money import refund_shares_minor
from domain.refusal import Refusal
from domain.root import Event
from domain.terms import Outcome

if TYPE_CHECKING:
    from domain.booking import Booking
    from domain.payment import Payment

LOST_CLAUSE = "its payment was lost in a dispute: nothing is left to earn or to pay back"


class PaymentDisputed(Refusal):
    """The payment of this booking is disputed; nothing can be earned or paid back until the bank has decided."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Who bears a dispute that is lost, in minor units; the parts add up to what was withdrawn.

    `unearned_minor` of the booking's own price, the `vendor_minor` that is reserved meanwhile, what the platform
    earned as commission or by a cancellation, and `platform_minor` that nobody has any more: given back before.
    """

    unearned_minor: int = 0
    vendor_minor: int = 0
    commission_minor: int = 0
    cancellation_minor: int = 0
    platform_minor: int = 0

    def __add__(self, other: Loss) -> Loss:
        return Loss(*(mine + others for mine, others in zip(astuple(self), astuple(other), strict=True)))

    def recovered(self, before_minor: int, minor: int) -> Loss:
        """Who has `minor` that came back after all this was lost; `before_minor` had come back already.

        Vendor and platform have what they had earned, in proportion, exactly over all; what nobody had earned is the
        platform's now, for the booking that was to earn it is over or costs that much less.
        """

        def part(lost_minor: int, upto_minor: int) -> int:
            return lost_minor * min(upto_minor, self.total_minor) // self.total_minor if self.total_minor else 0

        def more(lost_minor: int) -> int:
            return part(lost_minor, before_minor + minor) - part(lost_minor, before_minor)

        vendor_minor, commission_minor = more(self.vendor_minor), more(self.commission_minor)
        cancellation_minor = more(self.cancellation_minor)
        platform_minor = minor - vendor_minor - commission_minor - cancellation_minor
        return Loss(0, vendor_minor, commission_minor, cancellation_minor, platform_minor)

    @property
    def total_minor(self) -> int:
        earned_minor = self.vendor_minor + self.commission_minor + self.cancellation_minor
        return self.unearned_minor + earned_minor + self.platform_minor


def loss_of(payment: Payment, booking: Booking, amount_minor: int) -> Loss:
    """How a loss of `amount_minor` of this payment would be borne, as things stand now.

    First by what nobody has earned yet; then by vendor and platform in the parts in which they earned it, exactly as a
    refund of it would be (domain.md, "The split"); what was given back before is a loss of the platform's.
    """
    kept_minor = max(0, min(amount_minor, payment.refundable_minor))
    unearned_minor = min(kept_minor, booking.unearned_minor)
    earned_minor = min(kept_minor - unearned_minor, booking.earned_minor)
    before_minor = booking.earned_minor - min(booking.earned_minor, max(0, payment.refundable_minor))
    vendor_minor, income_minor = refund_shares_minor(before_minor, earned_minor, booking.commission_bp)
    completed = booking.status == "completed"
    return Loss(
        unearned_minor=unearned_minor,
        vendor_minor=vendor_minor,
        commission_minor=income_minor if completed else 0,
        cancellation_minor=0 if completed else income_minor,
        platform_minor=amount_minor - unearned_minor - earned_minor,
    )


def contest(payment: Payment, booking: Booking, *, dispute_id: UUID, loss: Loss, now: datetime) -> None:
    """The bank has taken this much, or more: it is not ours to pay back or to earn until it has decided."""
    taken_minor = payment.contested.get(dispute_id, 0) + loss.total_minor
    payment.record(payment.Contested, now=now, dispute_id=dispute_id, amount_minor=taken_minor)
    booking.record(
        booking.Contested,
        now=now,
        dispute_id=dispute_id,
        payment_id=payment.id,
        unearned_minor=booking.contested.get(dispute_id, 0) + loss.unearned_minor,
    )


def give_back(payment: Payment, *, dispute_id: UUID, amount_minor: int, now: datetime) -> None:
    """So much of what the dispute had taken is in our hands again; what it took for good before stays out of them."""
    left_minor = payment.contested[dispute_id] - amount_minor
    payment.record(payment.ContestEnded, now=now, dispute_id=dispute_id, lost=False)
    if left_minor > 0:
        payment.record(payment.Contested, now=now, dispute_id=dispute_id, amount_minor=left_minor)


def decide(payment: Payment, booking: Booking, *, dispute_id: UUID, loss: Loss, lost: bool, now: datetime) -> bool:
    """The bank has decided. True if the booking ended by it: all it was to earn is lost, and it was not over yet."""
    if lost:
        payment.record(payment.ContestEnded, now=now, dispute_id=dispute_id, lost=True)
    else:
        give_back(payment, dispute_id=dispute_id, amount_minor=loss.total_minor, now=now)
    lost_minor = booking.contested[dispute_id] if lost else 0
    booking.record(
        booking.ContestEnded,
        now=now,
        dispute_id=dispute_id,
        payment_id=payment.id,
        lost=lost,
        price_minor=booking.price_minor - lost_minor,
    )
    if not lost or booking.status != "confirmed" or booking.price_minor or booking.contested:
        return False
    booking.record(
        booking.Cancelled,
        now=now,
        vendor_id=booking.vendor_id,
        currency=booking.currency,
        by="platform",
        reason="dispute lost",
        was_paid=True,
        outcome=Outcome(0, 0, 0, LOST_CLAUSE, None),
    )
    return True


class PaymentContested(Event):
    """A dispute has taken `amount_minor` of it out of our hands."""

    TOPIC = "payment.contested"
    dispute_id: UUID
    amount_minor: int

    def apply(self, aggregate: Payment) -> None:
        aggregate.contested[self.dispute_id] = self.amount_minor


class PaymentContestEnded(Event):
    """The dispute is decided; what is `lost` stays out of our hands."""

    TOPIC = "payment.contest_ended"
    dispute_id: UUID
    lost: bool

    def apply(self, aggregate: Payment) -> None:
        if not self.lost:
            del aggregate.contested[self.dispute_id]


class BookingContested(Event):
    """A dispute has taken `unearned_minor` of what the booking is to earn; it cannot be completed meanwhile."""

    TOPIC = "booking.contested"
    dispute_id: UUID
    payment_id: UUID
    unearned_minor: int

    def apply(self, aggregate: Booking) -> None:
        aggregate.contested[self.dispute_id] = self.unearned_minor


class BookingContestEnded(Event):
    """The dispute is decided; what is `lost` of the price can never be earned: `price_minor` is left of it."""

    TOPIC = "booking.contest_ended"
    dispute_id: UUID
    payment_id: UUID
    lost: bool
    price_minor: int

    def apply(self, aggregate: Booking) -> None:
        contested_minor = aggregate.contested.pop(self.dispute_id)
        aggregate.price_minor = self.price_minor
        if self.lost and contested_minor:
            aggregate.payments[self.payment_id] -= contested_minor
