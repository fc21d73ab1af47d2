"""What may be done with the refunds of a payment: the decisions; each is recorded in the payment's own stream.

Money that is owed back stays owed until it has reached the traveller: a failed refund is retried or paid otherwise,
never forgotten (domain.md, "Payment").
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.balance_entry import BalanceEntry
from domain.chargeable import check_steps
from domain.four_eyes import check_second_person
from domain.refund import Funding, Refund
from domain.refusal import NotFound, Refusal, WrongState

if TYPE_CHECKING:
    from domain.payment import Payment


class RefundTooLarge(Refusal):
    """More than was paid cannot be refunded."""


class WrongCurrency(Refusal):
    """That is not the currency of this payment."""


def of(payment: Payment, refund_id: UUID) -> Refund:
    """The refund; raises NotFound."""
    if refund_id not in payment.refunds:
        raise NotFound
    return payment.refunds[refund_id]


def propose(
    payment: Payment, *, refund_id: UUID, amount_minor: int, reason: str, at_fault: str, by: UUID, now: datetime
) -> None:
    """Put a refund before a second person; nothing is owed yet. Raises as `check_fits`."""
    if refund_id in payment.refunds:
        return
    check_fits(payment, amount_minor)
    payment.record(
        payment.RefundProposed,
        now=now,
        booking_id=payment.booking_id,
        vendor_id=payment.vendor_id,
        refund_id=refund_id,
        amount_minor=amount_minor,
        currency=payment.currency,
        reason=reason,
        at_fault=at_fault,
        proposed_by=by,
    )


def check_approvable(payment: Payment, *, refund_id: UUID, by: UUID) -> Refund:
    """The proposed refund. Raises WrongState, SecondPersonNeeded."""
    refund = _proposed(payment, refund_id)
    check_second_person(proposed_by=refund.proposed_by, by=by)
    return refund


def approve(payment: Payment, *, refund_id: UUID, funding: Funding, by: UUID, now: datetime) -> None:
    """Agree to a proposed refund, which is owed then. Raises as `check_approvable` and `check_fits`."""
    refund = check_approvable(payment, refund_id=refund_id, by=by)
    check_fits(payment, funding.total_minor)
    payment.record(payment.RefundApproved, now=now, refund_id=refund_id, approved_by=by)
    _owe(payment, refund_id, funding, refund.reason, refund.at_fault, now)


def reject(payment: Payment, *, refund_id: UUID, by: UUID, now: datetime) -> None:
    """Decide against a proposed refund; the one who asked for it may do so too. Raises WrongState."""
    _proposed(payment, refund_id)
    payment.record(payment.RefundRejected, now=now, refund_id=refund_id, rejected_by=by)


def request(payment: Payment, *, refund_id: UUID, funding: Funding, reason: str, at_fault: str, now: datetime) -> None:
    """Owe the traveller money back. Raises as `check_fits`. The same `refund_id` again is no event."""
    if refund_id in payment.refunds:
        return
    check_fits(payment, funding.total_minor)
    _owe(payment, refund_id, funding, reason, at_fault, now)


def unresolved(payment: Payment, *, refund_id: UUID, now: datetime) -> None:
    """Stripe was asked for it, and nobody knows whether it heard."""
    refund = of(payment, refund_id)
    if refund.status == "requested" and not refund.unresolved:
        payment.record(payment.RefundUnresolved, now=now, refund_id=refund_id)


def submitted(payment: Payment, *, refund_id: UUID, stripe_refund_id: str, now: datetime) -> None:
    """Stripe knows it under this id."""
    if payment.refunds[refund_id].status == "requested":
        payment.record(payment.RefundSubmitted, now=now, refund_id=refund_id, stripe_refund_id=stripe_refund_id)


def succeeded(payment: Payment, *, refund_id: UUID, now: datetime) -> None:
    """Sent on its way to the card. A failure that was recorded before outranks it."""
    if payment.refunds[refund_id].is_open:
        payment.record(payment.RefundSucceeded, now=now, **_facts(payment, refund_id))


def settled_by(payment: Payment, refund_id: UUID, entry: BalanceEntry, *, now: datetime) -> None:
    """The balance transaction of the refund has been seen."""
    if not payment.refunds[refund_id].settled:
        payment.record(
            payment.RefundSettled,
            now=now,
            booking_id=payment.booking_id,
            vendor_id=payment.vendor_id,
            refund_id=refund_id,
            entry=entry,
        )
        payment.exchange(entry, -payment.refunds[refund_id].amount_minor, now=now)


def came_back(
    payment: Payment, refund_id: UUID, *, entry: BalanceEntry | None, returned: BalanceEntry | None, now: datetime
) -> None:
    """Stripe shows late how a refund that had failed left and came back: both are booked, or neither.

    One of them alone would leave `stripe.clearing` off for good.
    """
    refund = payment.refunds[refund_id]
    if returned is None or (entry is None and not refund.settled):
        return
    if entry is not None:
        settled_by(payment, refund_id, entry, now=now)
    if not refund.returned:
        _returned_by(payment, refund_id, returned, now)


def _returned_by(payment: Payment, refund_id: UUID, entry: BalanceEntry, now: datetime) -> None:
    payment.record(
        payment.RefundReturned,
        now=now,
        booking_id=payment.booking_id,
        vendor_id=payment.vendor_id,
        refund_id=refund_id,
        entry=entry,
    )
    payment.exchange(entry, payment.refunds[refund_id].amount_minor, now=now)


def cover(payment: Payment, *, amount_minor: int, reason: str, now: datetime) -> None:
    """What is owed by the terms was given as goodwill before, all of it: it is goodwill no longer."""
    payment.record(
        payment.RefundCovered,
        now=now,
        booking_id=payment.booking_id,
        vendor_id=payment.vendor_id,
        amount_minor=amount_minor,
        currency=payment.currency,
        reason=reason,
    )


def failed(payment: Payment, *, refund_id: UUID, code: str, returned: BalanceEntry | None, now: datetime) -> None:
    """The bank sent the refund back: the money is owed again. Legal long after success (Stripe, refunds)."""
    refund = payment.refunds[refund_id]
    if refund.is_open or refund.status == "succeeded":
        foreign = returned if returned is not None and returned.currency != payment.currency else None
        payment.record(
            payment.RefundFailed,
            now=now,
            **_facts(payment, refund_id),
            code=code,
            had_succeeded=refund.status == "succeeded",
            returned=None if foreign else returned,
        )
        if foreign is not None:  # One event moves money in one currency.
            _returned_by(payment, refund_id, foreign, now)


def retry(payment: Payment, *, refund_id: UUID, now: datetime) -> None:
    """Send what came back once more. Raises WrongState unless it has failed."""
    refund = _owed_again(payment, refund_id)
    payment.record(payment.RefundRetried, now=now, refund_id=refund_id, attempt=refund.attempt + 1)


def paid_otherwise(payment: Payment, *, refund_id: UUID, reference: str, now: datetime) -> None:
    """What came back has reached the traveller another way, from a bank account of ours. Raises WrongState."""
    _owed_again(payment, refund_id)
    payment.record(payment.RefundOtherwisePaid, now=now, **_facts(payment, refund_id), reference=reference)


def overtake(payment: Payment, *, dispute_id: UUID, given_back_minor: int, now: datetime) -> None:
    """A lost dispute gave `given_back_minor` back besides what we still had: refunds that are not sent are in it.

    What has been sent, or may have been, is not: that the traveller has twice.
    """
    for refund_id, refund in payment.refunds.items():
        unsent = refund.status == "failed" or (refund.status == "requested" and not refund.unresolved)
        if unsent and refund.amount_minor <= given_back_minor:
            given_back_minor -= refund.amount_minor
            payment.record(payment.RefundOvertaken, now=now, **_facts(payment, refund_id), dispute_id=dispute_id)


def overtake_unsent(
    payment: Payment, refund_id: UUID, *, dispute_id: UUID, given_back_minor: int, now: datetime
) -> None:
    """Of a refund without an answer it is known now that Stripe has not made it, nor ever will: the charge is lost.

    So it is in what the dispute gave back, as in `overtake`, if that is enough for it beside those that are in it.
    """
    refund = of(payment, refund_id)
    taken_minor = sum(r.amount_minor for r in payment.refunds.values() if r.overtaken_by == dispute_id)
    if refund.status == "requested" and refund.amount_minor <= given_back_minor - taken_minor:
        payment.record(payment.RefundOvertaken, now=now, **_facts(payment, refund_id), dispute_id=dispute_id)


def _proposed(payment: Payment, refund_id: UUID) -> Refund:
    refund = of(payment, refund_id)
    if refund.status != "awaiting_approval":
        raise WrongState(f"A refund that is {refund.status.replace('_', ' ')} does not wait for anybody.")
    return refund


def _owed_again(payment: Payment, refund_id: UUID) -> Refund:
    refund = of(payment, refund_id)
    if refund.status != "failed":
        raise WrongState("Only a refund that has come back is owed again.")
    return refund


def check_fits(payment: Payment, amount_minor: int) -> None:
    """Raises RefundTooLarge beyond what is left of the captured money, AmountNotChargeable if it cannot be sent."""
    if not 0 < amount_minor <= payment.refundable_minor:
        raise RefundTooLarge
    check_steps(amount_minor, payment.currency)


def _owe(payment: Payment, refund_id: UUID, funding: Funding, reason: str, at_fault: str, now: datetime) -> None:
    payment.record(
        payment.RefundRequested,
        now=now,
        booking_id=payment.booking_id,
        vendor_id=payment.vendor_id,
        refund_id=refund_id,
        amount_minor=funding.total_minor,
        currency=payment.currency,
        funding=funding,
        reason=reason,
        at_fault=at_fault,
    )


def _facts(payment: Payment, refund_id: UUID) -> dict[str, object]:
    return {
        "booking_id": payment.booking_id,
        "vendor_id": payment.vendor_id,
        "refund_id": refund_id,
        "amount_minor": payment.refunds[refund_id].amount_minor,
        "currency": payment.currency,
    }
