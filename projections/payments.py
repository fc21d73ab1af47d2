"""Payments."""

from collections.abc import Iterator

from domain.payment import Payment
from domain.root import Event
from projections.change import Add, Change, Projection, Put, Set, Values
from projections.refunds import REFUND_EVENTS, refund_rows

_KNOWN: Values = {"unresolved_step": None, "unresolved_since": None}


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"payment_id": event.originator_id}
    yield from refund_rows(event)
    match event:
        case Payment.Requested() as e:
            yield Put("payment", key, _asked(e))
            return
        case Payment.RefundSucceeded() | Payment.RefundOtherwisePaid() as e:
            yield Add("payment", key, {"refunded_minor": e.amount_minor})
        case Payment.RefundFailed(had_succeeded=True) as e:
            yield Add("payment", key, {"refunded_minor": -e.amount_minor})
    yield Set("payment", key, {**_under_way(event), **_ended(event), "version": event.originator_version})


def _asked(e: Payment.Requested) -> Values:
    return {
        "booking_id": e.booking_id,
        "vendor_id": e.vendor_id,
        "traveller_id": e.traveller_id,
        "status": "requested",
        "amount_minor": e.amount_minor,
        "currency": e.currency,
        "capture": e.capture,
        "created_at": e.timestamp,
        "version": e.originator_version,
    }


def _under_way(event: Event) -> Values:
    match event:
        case Payment.Submitted() as e:
            return {"intent_id": e.intent_id, **_KNOWN}
        case Payment.Unresolved() as e:
            return {"unresolved_step": e.step, "unresolved_since": e.timestamp}
        case Payment.ActionRequired():
            return {"status": "action_required", **_KNOWN}
        case Payment.Authorised() as e:
            until = {"capture_before": e.capture_before, "charge_id": e.charge_id}
            return {"status": "authorised", **until, **_KNOWN}
        case Payment.CaptureFailed():
            return _KNOWN
    return {}


def _ended(event: Event) -> Values:
    match event:
        case Payment.Captured() as e:
            captured = {"captured_minor": e.amount_minor, "charge_id": e.charge_id}
            return {"status": "captured", **captured, **_KNOWN}
        case Payment.Failed() as e:
            return {"status": "failed", "failure_code": e.code, "decline_code": e.decline_code, **_KNOWN}
        case Payment.Voided():
            return {"status": "voided", **_KNOWN}
    return {}


PAYMENTS = Projection(
    "payments",
    (
        Payment.Requested,
        Payment.Submitted,
        Payment.Unresolved,
        Payment.ActionRequired,
        Payment.Authorised,
        Payment.CaptureRequested,
        Payment.CaptureFailed,
        Payment.Captured,
        Payment.Settled,
        Payment.Failed,
        Payment.VoidRequested,
        Payment.Voided,
        *REFUND_EVENTS,
    ),
    project,
    ("payment", "refund"),
)
