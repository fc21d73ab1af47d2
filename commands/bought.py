"""What money that moves does to the booking it was paid for: it buys what it was for, or it goes back in full."""

from datetime import datetime

from commands.pending_change import drop_change
from commands.work import Work
from domain.booking import Booking
from domain.capacity import FreeClaim
from domain.ids import derived_id
from domain.money import Money
from domain.payment import Payment


async def money_authorised(
    work: Work, payment: Payment, *, capture_before: datetime | None, capacity_lost: bool
) -> None:
    """The card's bank has set the money aside, until `capture_before`: the vendor is asked, or nobody wants it."""
    booking, now = await work.get(Booking, payment.booking_id), await work.now()
    money = Money(payment.authorised_minor, payment.currency)
    if capacity_lost:
        booking.expire(now=now, capacity_lost=True)
        payment.request_void(reason="capacity lost", now=now)
    elif booking.authorised(payment_id=payment.id, money=money, capture_before=capture_before, now=now):
        work.change(booking.as_kept())
    else:
        payment.request_void(reason="not needed", now=now)


async def money_captured(work: Work, payment: Payment, *, capacity_lost: bool) -> None:
    """Captured money either buys the booking or goes back in full: never "paid, no booking"."""
    booking, now = await work.get(Booking, payment.booking_id), await work.now()
    money = Money(payment.captured_minor, payment.currency)
    match booking.purpose_of(payment_id=payment.id, money=money, now=now):
        case "booking" if not capacity_lost:
            booking.confirm(payment_id=payment.id, now=now)
            work.change(booking.as_sold())
        case "accepted":
            booking.taken(payment_id=payment.id, now=now)
        case "change" if not capacity_lost:
            change = booking.finish_change(now=now)
            for claim_id in change.claim_ids:
                work.change(FreeClaim(claim_id, booking.listing_id))
            work.change(booking.as_moved())
        case _:
            await _give_back(work, payment, booking, capacity_lost=capacity_lost)


async def _give_back(work: Work, payment: Payment, booking: Booking, *, capacity_lost: bool) -> None:
    """Nothing can be had for this money any more."""
    now = await work.now()
    if capacity_lost:
        booking.expire(now=now, capacity_lost=True)
    if booking.pending_change is not None and booking.pending_change.payment_id == payment.id:
        await drop_change(work, booking, "capacity_lost" if capacity_lost else "not_wanted")
    elif booking.payment_id == payment.id and booking.lose_authorisation(now=now):
        work.change(FreeClaim(booking.id, booking.listing_id))
    payment.request_refund(
        refund_id=derived_id("refund", payment.id, "not_wanted"),
        funding=payment.unearned_funding(payment.captured_minor),
        reason="capacity lost" if capacity_lost else "not needed",
        at_fault="platform",
        now=now,
    )


async def money_ended(work: Work, payment: Payment) -> None:
    """The payment failed or was voided: another may be tried, but not where it had been set aside for the vendor."""
    booking, now = await work.get(Booking, payment.booking_id), await work.now()
    if booking.payment_id != payment.id:
        return
    if not booking.payment_ended(payment_id=payment.id, now=now) and booking.lose_authorisation(now=now):
        work.change(FreeClaim(booking.id, booking.listing_id))
