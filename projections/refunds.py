"""Refunds, as rows beside their payment's: filled by the same follower."""

from collections.abc import Iterator

from domain.payment import Payment
from domain.root import Event
from projections.change import Change, Put, Set, Values

REFUND_EVENTS: tuple[type[Event], ...] = (
    Payment.RefundProposed,
    Payment.RefundApproved,
    Payment.RefundRejected,
    Payment.RefundRequested,
    Payment.RefundUnresolved,
    Payment.RefundSubmitted,
    Payment.RefundSucceeded,
    Payment.RefundSettled,
    Payment.RefundFailed,
    Payment.RefundReturned,
    Payment.RefundRetried,
    Payment.RefundOtherwisePaid,
    Payment.RefundCovered,
    Payment.RefundOvertaken,
)


def refund_rows(event: Event) -> Iterator[Change]:
    match event:
        case Payment.RefundProposed() as e:
            yield _asked(e, {"status": "awaiting_approval", "proposed_by": e.proposed_by})
        case Payment.RefundApproved() as e:
            yield Set("refund", {"refund_id": e.refund_id}, {"decided_by": e.approved_by})
        case Payment.RefundRejected() as e:
            yield _now(e, {"status": "rejected", "decided_by": e.rejected_by})
        case Payment.RefundRequested() as e:
            yield _asked(e, {"status": "requested"})
        case _:
            yield from _at_stripe(event)


def _at_stripe(event: Event) -> Iterator[Change]:
    match event:
        case Payment.RefundUnresolved() as e:
            yield _now(e, {"unresolved_since": e.timestamp})
        case Payment.RefundSubmitted() as e:
            submitted = {"status": "submitted", "stripe_refund_id": e.stripe_refund_id}
            yield _now(e, {**submitted, "unresolved_since": None})
        case Payment.RefundSucceeded() as e:
            yield _now(e, {"status": "succeeded", "unresolved_since": None})
        case Payment.RefundFailed() as e:
            yield _now(e, {"status": "failed", "failure_code": e.code, "unresolved_since": None})
        case Payment.RefundRetried() as e:
            yield _now(e, {"status": "requested", "stripe_refund_id": None, "attempt": e.attempt})
        case Payment.RefundOtherwisePaid() as e:
            yield _now(e, {"status": "paid_otherwise", "paid_otherwise": e.reference})
        case Payment.RefundOvertaken() as e:
            yield _now(e, {"status": "overtaken", "unresolved_since": None})


def _asked(e: Payment.RefundProposed | Payment.RefundRequested, more: Values) -> Put:
    values = {
        "payment_id": e.originator_id,
        "booking_id": e.booking_id,
        "amount_minor": e.amount_minor,
        "currency": e.currency,
        "reason": e.reason,
        "at_fault": e.at_fault,
        "changed_at": e.timestamp,
        "created_at": e.timestamp,
    }
    return Put("refund", {"refund_id": e.refund_id}, {**values, **more})


def _now(
    e: Payment.RefundRejected
    | Payment.RefundUnresolved
    | Payment.RefundSubmitted
    | Payment.RefundSucceeded
    | Payment.RefundFailed
    | Payment.RefundRetried
    | Payment.RefundOtherwisePaid
    | Payment.RefundOvertaken,
    values: Values,
) -> Set:
    return Set("refund", {"refund_id": e.refund_id}, {**values, "changed_at": e.timestamp})
