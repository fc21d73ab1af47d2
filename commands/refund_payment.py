"""Give a traveller money back by an operator's decision: at once up to a limit, above it when another one agrees."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from commands.vendor_money import adjust
from commands.work import Work
from domain import refunds
from domain.booking import Booking
from domain.contested import PaymentDisputed
from domain.money import Money
from domain.payment import Payment
from domain.refund import Funding, Refund
from domain.refund_funding import Fault, operator_funding
from domain.refusal import NotAllowed


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Without an `amount`: all that is left of the payment and can be sent to a card."""

    refund_id: UUID
    payment_id: UUID
    amount: Money | None
    reason: str
    at_fault: Fault


@dataclass(frozen=True, slots=True)
class ApproveRefund:
    payment_id: UUID
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class RefundMade:
    """A refund with the payment it belongs to, as both stand now."""

    payment: Payment
    refund_id: UUID

    @property
    def refund(self) -> Refund:
        return self.payment.refunds[self.refund_id]


async def refund_payment(command: RefundPayment, work: Work) -> RefundMade:
    """A known `refund_id` is answered as it stands: it was taken off the price already."""
    by, now = operator(work), await work.now()
    payment = await work.get(Payment, command.payment_id)
    if command.refund_id in payment.refunds:
        return RefundMade(payment, command.refund_id)
    if command.amount is not None and command.amount.currency != payment.currency:
        raise refunds.WrongCurrency
    await _undisputed_booking(work, payment)
    amount_minor = payment.sendable_minor if command.amount is None else command.amount.amount
    if amount_minor > work.policy.refund_limit_minor(payment.currency):
        refunds.propose(
            payment,
            refund_id=command.refund_id,
            amount_minor=amount_minor,
            reason=command.reason,
            at_fault=command.at_fault,
            by=by,
            now=now,
        )
    else:
        payment.request_refund(
            refund_id=command.refund_id,
            funding=await _funded(work, payment, command.refund_id, amount_minor, command.at_fault),
            reason=command.reason,
            at_fault=command.at_fault,
            now=now,
        )
    return RefundMade(payment, command.refund_id)


async def approve_refund(command: ApproveRefund, work: Work) -> RefundMade:
    """The second person decides; where the money comes from is decided by how things stand now."""
    by, now = operator(work), await work.now()
    payment = await work.get(Payment, command.payment_id)
    refund = refunds.check_approvable(payment, refund_id=command.refund_id, by=by)
    at_fault = cast("Fault", refund.at_fault)
    funding = await _funded(work, payment, command.refund_id, refund.amount_minor, at_fault)
    refunds.approve(payment, refund_id=command.refund_id, funding=funding, by=by, now=now)
    return RefundMade(payment, command.refund_id)


def operator(work: Work) -> UUID:
    """Who decides. Raises NotAllowed: refunds are decided by people, and by these only."""
    if work.by.role not in {"operator", "admin"} or work.by.account_id is None:
        raise NotAllowed
    return work.by.account_id


async def _funded(work: Work, payment: Payment, refund_id: UUID, amount_minor: int, at_fault: Fault) -> Funding:
    """Where the money comes from, taken from there: off the price, and off what the vendor has."""
    booking = await _undisputed_booking(work, payment)
    refunds.check_fits(payment, amount_minor)
    earned_back = [await _earned_back(work, payment_id) for payment_id in {*booking.payments, payment.id}]
    funding = operator_funding(booking, payment.id, amount_minor, at_fault=at_fault, earned_back_minor=sum(earned_back))
    if funding.unearned_minor:
        booking.reduce(payment_id=payment.id, amount_minor=funding.unearned_minor, now=await work.now())
    if funding.vendor_minor:
        await adjust(
            work,
            vendor_id=booking.vendor_id,
            booking_id=booking.id,
            currency=booking.currency,
            kind="refund",
            cause=refund_id,
            amount_minor=-funding.vendor_minor,
        )
    return funding


async def _undisputed_booking(work: Work, payment: Payment) -> Booking:
    """What the payment paid for. Raises PaymentDisputed."""
    booking = await work.get(Booking, payment.booking_id)
    if booking.contested or payment.contested:
        raise PaymentDisputed
    return booking


async def _earned_back(work: Work, payment_id: UUID) -> int:
    payment = await work.get(Payment, payment_id)
    return sum(refund.funding.earned_minor for refund in payment.refunds.values())
