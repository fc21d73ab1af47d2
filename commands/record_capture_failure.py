"""Record that Stripe will not capture what a card's bank had set aside: the payment is voided then."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class RecordCaptureFailure:
    payment_id: UUID
    code: str


async def record_capture_failure(command: RecordCaptureFailure, work: Work) -> Payment:
    payment = await work.get(Payment, command.payment_id)
    payment.capture_failed(code=command.code, now=await work.now())
    return payment
