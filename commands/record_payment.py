"""Record what Stripe says about a payment now, and what follows for its booking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from commands.bought import money_authorised, money_captured, money_ended
from commands.work import Work
from domain.payment import BalanceEntry, Payment

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

    Without an `intent_id` none was made: Stripe refused to make it, or nobody wanted it any more. `received_minor` is
    what was captured, `capturable_minor` what is set aside on the card until `capture_before`.
    """

    intent_id: str | None
    status: IntentStatus
    received_minor: int = 0
    currency: str = ""
    charge_id: str | None = None
    error_code: str | None = None
    decline_code: str | None = None
    entry: BalanceEntry | None = None
    capturable_minor: int = 0
    capture_before: datetime | None = None


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
            await _captured(payment, command, work)
        case "requires_capture":
            await _authorised(payment, command, work)
        case "requires_action":
            payment.action_required(now=now)
        case "requires_payment_method" if intent.error_code is not None:
            if payment.failed(code=intent.error_code, decline_code=intent.decline_code, now=now):
                await money_ended(work, payment)
        case "canceled":
            if payment.voided(now=now):
                await money_ended(work, payment)
        case _:
            pass
    return payment


async def _captured(payment: Payment, command: RecordPayment, work: Work) -> None:
    intent, now = command.intent, await work.now()
    assert intent.charge_id is not None
    if payment.captured(
        charge_id=intent.charge_id, amount_minor=intent.received_minor, currency=intent.currency, now=now
    ):
        await money_captured(work, payment, capacity_lost=command.capacity_lost)
    if intent.entry is not None:
        payment.settled_by(intent.entry, now=now)


async def _authorised(payment: Payment, command: RecordPayment, work: Work) -> None:
    intent = command.intent
    assert intent.charge_id is not None
    if payment.authorised(
        charge_id=intent.charge_id,
        amount_minor=intent.capturable_minor,
        currency=intent.currency,
        capture_before=intent.capture_before,
        now=await work.now(),
    ):
        await money_authorised(work, payment, capture_before=intent.capture_before, capacity_lost=command.capacity_lost)
