"""What an outcome of a booking does with its money: the traveller's share goes back, the vendor's is earned."""

from typing import Literal

from commands.vendor_money import earn
from commands.work import Work
from domain import refunds
from domain.booking import Booking
from domain.ids import derived_id
from domain.payment import Payment
from domain.terms import By, Outcome

Kind = Literal["completed", "cancelled", "part_cancelled", "no_show"]


async def settle(work: Work, booking: Booking, outcome: Outcome, kind: Kind, *, at_fault: By) -> None:
    """Owe what the outcome that was just recorded gives back, and credit the vendor with its share.

    A booking is cancelled in part any number of times; such refunds and earnings are told apart by its version.
    """
    name = f"{kind}/{booking.version}" if kind == "part_cancelled" else kind
    if outcome.refund_minor:
        for payment_id, minor in booking.giving_back.items():
            payment, now = await work.get(Payment, payment_id), await work.now()
            funding = payment.unearned_funding(minor)
            if not funding.total_minor:
                refunds.cover(payment, amount_minor=minor, reason=outcome.clause, now=now)
                continue
            payment.request_refund(
                refund_id=derived_id("refund", payment_id, name),
                funding=funding,
                reason=outcome.clause,
                at_fault=at_fault,
                now=now,
            )
    if outcome.vendor_share_minor:
        await earn(work, booking, kind, outcome.vendor_share_minor, name=name)
