"""Payments and their refunds."""

from collections.abc import Iterator

from domain.payment import Payment
from domain.root import Event
from projections.change import Add, Change, Key, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"payment_id": event.originator_id}
    yield from _payment(event, key)
    yield from _refund(event, key)
    if not isinstance(event, Payment.Requested):
        yield Set("payment", key, {"version": event.originator_version})


def _payment(event: Event, key: Key) -> Iterator[Change]:
    match event:
        case Payment.Requested() as e:
            yield Put(
                "payment",
                key,
                {
                    "booking_id": e.booking_id,
                    "vendor_id": e.vendor_id,
                    "traveller_id": e.traveller_id,
                    "status": "requested",
                    "amount_minor": e.amount_minor,
                    "currency": e.currency,
                    "created_at": e.timestamp,
                    "version": e.originator_version,
                },
            )
        case Payment.Submitted() as e:
            yield Set("payment", key, {"intent_id": e.intent_id})
        case Payment.ActionRequired():
            yield Set("payment", key, {"status": "action_required"})
        case Payment.Captured() as e:
            captured = {"captured_minor": e.amount_minor, "charge_id": e.charge_id}
            yield Set("payment", key, {"status": "captured", **captured})
        case Payment.Failed() as e:
            why = {"failure_code": e.code, "decline_code": e.decline_code}
            yield Set("payment", key, {"status": "failed", **why})
        case Payment.Voided():
            yield Set("payment", key, {"status": "voided"})


def _refund(event: Event, key: Key) -> Iterator[Change]:
    match event:
        case Payment.RefundRequested() as e:
            yield Put(
                "refund",
                {"refund_id": e.refund_id},
                {
                    "payment_id": e.originator_id,
                    "booking_id": e.booking_id,
                    "amount_minor": e.amount_minor,
                    "currency": e.currency,
                    "status": "requested",
                    "reason": e.reason,
                    "at_fault": e.at_fault,
                    "created_at": e.timestamp,
                },
            )
        case Payment.RefundSubmitted() as e:
            submitted = {"status": "submitted", "stripe_refund_id": e.stripe_refund_id}
            yield Set("refund", {"refund_id": e.refund_id}, submitted)
        case Payment.RefundSucceeded() as e:
            yield Set("refund", {"refund_id": e.refund_id}, {"status": "succeeded"})
            yield Add("payment", key, {"refunded_minor": e.amount_minor})
        case Payment.RefundFailed() as e:
            yield Set("refund", {"refund_id": e.refund_id}, {"status": "failed"})
            if e.had_succeeded:
                yield Add("payment", key, {"refunded_minor": -e.amount_minor})


PAYMENTS = Projection(
    "payments",
    (
        Payment.Requested,
        Payment.Submitted,
        Payment.ActionRequired,
        Payment.Captured,
        Payment.Settled,
        Payment.Failed,
        Payment.VoidRequested,
        Payment.Voided,
        Payment.RefundRequested,
        Payment.RefundSubmitted,
        Payment.RefundSucceeded,
        Payment.RefundSettled,
        Payment.RefundFailed,
    ),
    project,
    ("payment", "refund"),
)
