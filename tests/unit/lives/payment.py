"""Payments, from the request to the money or its end; and the refunds of one that was captured."""

from typing import Any

from commands.answer_request import AcceptBooking, DeclineBooking, LapseRequest
from commands.cancel_booking import CancelBooking
from commands.decide_refund import PayRefundOtherwise, RejectRefund, RetryRefund
from commands.expire_booking import ExpireBooking
from commands.overtake_refund import OvertakeRefund
from commands.record_capture_failure import RecordCaptureFailure
from commands.record_no_answer import RecordNoAnswer, RecordNoAnswerToRefund
from commands.record_payment import Intent, RecordPayment
from commands.refund_payment import ApproveRefund
from domain.payment import ENDED, Payment
from tests.unit.dispute_facts import dispute, returned, taken
from tests.unit.facts import (
    HOUR,
    OPERATOR,
    PRICE,
    TRAVELLER,
    VENDOR,
    accepted,
    authorised,
    booking_id,
    canceled,
    cancelled,
    captured,
    declined,
    entry_of,
    held,
    on_offer,
    payment_id,
    requested,
    start_payment,
)
from tests.unit.lives.life import Ask, Life
from tests.unit.payment_life import CAREFUL, COLLEAGUE
from tests.unit.refund_facts import CONFIRMED, asked_id, refund, seen
from tests.unit.story import T0, Given, Step

PAYMENT = payment_id()
REFUND = asked_id()
LIMIT = 20_00


def payment_state(payment: Payment) -> str:
    """The status, told apart by what is under way."""
    if payment.unresolved_step:
        return "unresolved"
    if payment.void_requested and payment.status not in ENDED:
        return "being stopped"
    if payment.status == "authorised" and payment.capture_minor:
        return "being captured"
    if payment.status == "captured" and payment.contested:
        return "disputed"
    return payment.status.replace("_", " ")


def _news(status: Any, **facts: Any) -> RecordPayment:
    return RecordPayment(PAYMENT, Intent("pi_1", status, currency="EUR", **facts))


_PAYING: list[Given] = [held(), Step(start_payment(), TRAVELLER)]
_PAID: list[Given] = [*requested(), *accepted()]

PAYMENTS = Life(
    title="Payment",
    about=(
        "Of a booking whose vendor must agree. *Unresolved* is a payment with a request to Stripe that got no answer;"
        " *being captured* and *being stopped* are ordered, and Stripe has not said so yet; *disputed* is captured,"
        " with money in a bank's hands."
    ),
    kind=Payment,
    stream_id=PAYMENT,
    state_of=payment_state,
    before=on_offer(booking_mode="request"),
    examples={
        "requested": _PAYING,
        "unresolved": [*_PAYING, Step(RecordNoAnswer(PAYMENT, "create"))],
        "action required": [*_PAYING, Step(_news("requires_action"))],
        "authorised": requested(),
        "being captured": [*requested(), Step(AcceptBooking(booking_id()), VENDOR)],
        "being stopped": [*_PAYING, cancelled()],
        "captured": _PAID,
        "disputed": [*_PAID, Step(dispute("needs_response", taken()))],
        "voided": [*_PAYING, Step(canceled())],
        "failed": [*_PAYING, Step(declined())],
    },
    asks=(
        Ask(start_payment(), TRAVELLER, begins=True, before=(held(),)),
        Ask(_news("processing"), words="no news"),
        Ask(_news("requires_action"), words="the bank asks"),
        Ask(authorised(), words="set aside"),
        Ask(captured(), words="captured"),
        Ask(captured(seen=True), words="captured, with its balance transaction"),
        Ask(declined(), words="failed"),
        Ask(canceled(), words="voided"),
        Ask(RecordPayment(PAYMENT, Intent(None, "canceled")), words="voided, never made"),
        Ask(RecordNoAnswer(PAYMENT, "create"), words="create"),
        Ask(RecordNoAnswer(PAYMENT, "confirm"), words="confirm"),
        Ask(RecordNoAnswer(PAYMENT, "capture"), words="capture"),
        Ask(RecordNoAnswer(PAYMENT, "void"), words="void"),
        Ask(RecordCaptureFailure(PAYMENT, "charge_expired_for_capture")),
        Ask(AcceptBooking(booking_id()), VENDOR),
        Ask(DeclineBooking(booking_id(), "no"), VENDOR),
        Ask(LapseRequest(booking_id()), words="the time to answer is over", at=T0 + 25 * HOUR),
        Ask(CancelBooking(booking_id()), TRAVELLER),
        Ask(ExpireBooking(booking_id()), words="the hold is over", at=T0 + HOUR),
        Ask(refund(LIMIT), OPERATOR),
        Ask(refund(LIMIT + 1), OPERATOR, "over what one may decide"),
        Ask(refund(PRICE + 1), OPERATOR, "more than was paid"),
        Ask(dispute("needs_response", taken()), words="opened"),
        Ask(dispute("lost", taken()), words="lost"),
        Ask(dispute("won", taken(), returned()), words="won"),
    ),
    policy=CAREFUL,
)


def refund_state(payment: Payment) -> str:
    found = payment.refunds.get(REFUND)
    return found.shown_status.replace("_", " ") if found else "nothing yet"


_PROPOSED = Step(refund(50_00), OPERATOR)
_REQUESTED = Step(refund(LIMIT), OPERATOR)
_SENT = [_REQUESTED, Step(seen("pending"))]
_FAILED = [_REQUESTED, Step(seen("failed"))]
_BACK = entry_of("back1", LIMIT)

REFUNDS = Life(
    title="Refund",
    about=(
        "By an operator's decision: at once up to a limit, above it when a second one agrees. Those that follow from"
        " terms begin as *requested*. *Failed* is owed again; *overtaken* was given back by a lost dispute instead."
    ),
    kind=Payment,
    stream_id=PAYMENT,
    state_of=refund_state,
    before=CONFIRMED,
    examples={
        "awaiting approval": _PROPOSED,
        "rejected": [_PROPOSED, Step(RejectRefund(PAYMENT, REFUND), COLLEAGUE)],
        "requested": _REQUESTED,
        "unresolved": [_REQUESTED, Step(RecordNoAnswerToRefund(PAYMENT, REFUND))],
        "submitted": _SENT,
        "succeeded": [_REQUESTED, Step(seen("succeeded"))],
        "failed": _FAILED,
        "paid otherwise": [_FAILED, Step(PayRefundOtherwise(PAYMENT, REFUND, "SEPA 4711"), OPERATOR)],
        "overtaken": [_REQUESTED, Step(dispute("lost", taken()))],
    },
    asks=(
        Ask(refund(LIMIT), OPERATOR, begins=True),
        Ask(refund(LIMIT + 1), OPERATOR, "over what one may decide", begins=True),
        Ask(ApproveRefund(PAYMENT, REFUND), COLLEAGUE, "by a second person"),
        Ask(ApproveRefund(PAYMENT, REFUND), OPERATOR, "by the first"),
        Ask(RejectRefund(PAYMENT, REFUND), OPERATOR),
        Ask(seen("pending"), words="under way"),
        Ask(seen("succeeded"), words="succeeded"),
        Ask(seen("succeeded", entry=entry_of("refund1", -LIMIT)), words="succeeded, with its balance transaction"),
        Ask(seen("failed"), words="failed"),
        Ask(seen("failed", entry=entry_of("refund1", -LIMIT), returned=_BACK), words="failed after it had left"),
        Ask(RecordNoAnswerToRefund(PAYMENT, REFUND)),
        Ask(OvertakeRefund(PAYMENT, REFUND)),
        Ask(RetryRefund(PAYMENT, REFUND), OPERATOR),
        Ask(PayRefundOtherwise(PAYMENT, REFUND, "SEPA 4711"), OPERATOR),
        Ask(dispute("needs_response", taken()), words="opened"),
        Ask(dispute("lost", taken()), words="lost"),
    ),
    policy=CAREFUL,
)
LIVES = (PAYMENTS, REFUNDS)
