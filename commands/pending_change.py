"""A change of a booking that waits for its payment, let go: what it held is given back, its payment is stopped."""

from commands.work import Work
from domain.booking import Booking, WhyDropped
from domain.capacity import FreeClaim
from domain.payment import Payment


async def drop_change(work: Work, booking: Booking, why: WhyDropped) -> None:
    """Nothing happens if no change waits."""
    now = await work.now()
    change = booking.drop_change(why=why, now=now)
    if change is None:
        return
    for claim_id in change.claim_ids:
        work.change(FreeClaim(claim_id, booking.listing_id))
    if change.payment_id is not None:
        payment = await work.get(Payment, change.payment_id)
        payment.request_void(reason=f"change {why.replace('_', ' ')}", now=now)
