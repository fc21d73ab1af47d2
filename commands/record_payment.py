"""Record what Stripe says about a payment now, and what follows for its booking."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.work import Work
from domain.booking import Booking
from domain.ids import derived_id
from domain.payment import BalanceEntry, Funding, Payment

IntentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "canceled",
]


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent as Stripe shows it, fetched, never taken from a webhook's payload.

    Without an `intent_id` none was made: Stripe refused to make it, or nobody wanted it any more.
    """

    intent_id: str | None
    status: IntentStatus
    received_minor: int = 0
    currency: str = ""
    charge_id: str | None = None
    error_code: str | None = None
    decline_code: str | None = None
    entry: BalanceEntry | None = None


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """`capacity_lost` is set by dispatch when the places of a late payment could not be had again."""

    payment_id: UUID
    intent: Intent
    capacity_lost: bool = False


async def record_payment(command: RecordPayment, work: Work) -> Payment:
    payment = await work.get(Payment, command.payment_id)
    intent, now = command.intent, await work.now()
    if intent.intent_id is not None:
        payment.submitted(intent_id=intent.intent_id, now=now)
    match intent.status:
        case "succeeded":
            assert intent.charge_id is not None
            if payment.captured(
                charge_id=intent.charge_id, amount_minor=intent.received_minor, currency=intent.currency, now=now
            ):
                await _buy(payment, work, capacity_lost=command.capacity_lost)
            if intent.entry is not None:
                payment.settled_by(intent.entry, now=now)
        case "requires_action":
            payment.action_required(now=now)
        case "requires_payment_method" if intent.error_code is not None:
            if payment.failed(code=intent.error_code, decline_code=intent.decline_code, now=now):
                await _free_for_another(payment, work)
        case "canceled":
            if payment.voided(now=now):
                await _free_for_another(payment, work)
        case _:
            pass
    return payment


async def _buy(payment: Payment, work: Work, *, capacity_lost: bool) -> None:
    """Captured money either buys the booking or goes back in full: never "paid, no booking"."""
    booking = await work.get(Booking, payment.booking_id)
    now = await work.now()
    wanted = booking.wants(
        payment_id=payment.id, amount_minor=payment.captured_minor, currency=payment.currency, now=now
    )
    if wanted and not capacity_lost:
        booking.confirm(payment_id=payment.id, now=now)
        work.change(booking.as_sold())
        return
    if capacity_lost:
        booking.expire(now=now, capacity_lost=True)
    payment.request_refund(
        refund_id=derived_id("refund", payment.id, "not_wanted"),
        funding=Funding(unearned_minor=payment.captured_minor),
        reason="capacity lost" if capacity_lost else "not needed",
        at_fault="platform",
        now=now,
    )


async def _free_for_another(payment: Payment, work: Work) -> None:
    booking = await work.get(Booking, payment.booking_id)
    booking.payment_ended(payment_id=payment.id, now=await work.now())
