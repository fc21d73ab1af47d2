"""Begin to pay a held booking, or the difference of a change; the charge itself is a task."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import my_booking
from commands.work import Work
from domain.booking import Booking
from domain.capacity import ExtendClaim
from domain.payment import Payment
from domain.refusal import NotAllowed


@dataclass(frozen=True, slots=True)
class StartPayment:
    payment_id: UUID
    booking_id: UUID
    payment_method: str


async def start_payment(command: StartPayment, work: Work) -> Payment:
    booking = await my_booking(work, command.booking_id)
    if work.by.role != "traveller":
        raise NotAllowed
    now = await work.now()
    booking.start_payment(payment_id=command.payment_id, grace=work.policy.payment_grace, now=now)
    _hold_on(booking, work)
    asks_vendor = booking.booking_mode == "request" and booking.pending_change is None
    return work.add(
        Payment.request(
            payment_id=command.payment_id,
            booking_id=booking.id,
            vendor_id=booking.vendor_id,
            traveller_id=booking.traveller_id,
            amount_minor=booking.due_minor,
            currency=booking.currency,
            payment_method=command.payment_method,
            capture="manual" if asks_vendor else "automatic",
            now=now,
        )
    )


def _hold_on(booking: Booking, work: Work) -> None:
    change = booking.pending_change
    if change is None:
        assert booking.expires_at is not None
        work.change(ExtendClaim(booking.id, booking.expires_at))
        return
    for claim_id in change.claim_ids:
        work.change(ExtendClaim(claim_id, change.expires_at))
