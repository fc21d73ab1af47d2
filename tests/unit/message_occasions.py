"""One story for everything that anybody is told: its last event of the right kind is the occasion."""

from collections.abc import Mapping
from typing import Final

from commands.answer_request import DeclineBooking, LapseRequest
from commands.cancel_part import CancelPart
from commands.expire_booking import ExpireBooking
from commands.record_payment import Intent, RecordPayment
from commands.record_payout import RecordBankPayout, RecordTransfer
from commands.release_earnings import ReleaseEarnings
from commands.remind_booking import RemindBooking
from commands.reschedule_booking import RescheduleBooking
from domain.account import Account
from domain.booking import Part
from domain.root import Event
from domain.terms import PRESETS
from infrastructure.messages.catalogue import BY_KIND
from infrastructure.messages.occasion import Occasion, occasion_of
from tests.unit.booking_life import every_change, nobody_came
from tests.unit.dispute_facts import dispute, taken
from tests.unit.facts import (
    DAY,
    HOUR,
    MINUTE,
    OPERATOR,
    PRICE,
    RUN_AT,
    STARTS_AT,
    TRAVELLER,
    VENDOR,
    VENDOR_ID,
    accepted,
    booking_id,
    cancelled,
    captured,
    completed,
    confirmed,
    declined,
    draft_payout,
    entry_of,
    held,
    on_offer,
    payable,
    paying,
    payment_id,
    refund_seen,
    requested,
)
from tests.unit.payout_facts import payout_of
from tests.unit.story import T0, Given, Step, given

_BOOKED: Final[list[Given]] = [on_offer(), confirmed()]
_ASKED: Final[list[Given]] = [on_offer(booking_mode="request"), requested()]
_LATE: Final = STARTS_AT - HOUR
_PAID_OUT: Final[list[Given]] = [
    *_BOOKED,
    payable(),
    completed(),
    Step(ReleaseEarnings(VENDOR_ID, "EUR"), at=STARTS_AT + 3 * DAY),
    Step(draft_payout(), at=RUN_AT),
    Step(RecordTransfer(payout_of(), "tr_1", entry_of("transfer", -80_00))),
    Step(RecordBankPayout(payout_of(), "po_1", "paid")),
]

# A kind, and behind a dot which of its cases.
STORIES: Final[Mapping[str, list[Given]]] = {
    "booking_held": [on_offer(), held(quantity=2)],
    "booking_confirmed": _BOOKED,
    "booking_confirmed.late": [
        on_offer(),
        paying(),
        Step(ExpireBooking(booking_id()), at=T0 + HOUR),
        Step(captured()),
    ],
    "booking_requested": _ASKED,
    "booking_accepted": [*_ASKED, accepted()],
    "booking_declined": [*_ASKED, Step(DeclineBooking(booking_id(), "The boat is broken."), VENDOR)],
    "booking_declined.nobody": [*_ASKED, Step(LapseRequest(booking_id()), at=T0 + 25 * HOUR)],
    "booking_rescheduled.dearer": [on_offer(), every_change(1)],
    "booking_rescheduled.cheaper": [
        on_offer(),
        confirmed(quantity=2),
        Step(RescheduleBooking(booking_id(), quantity=1), TRAVELLER, STARTS_AT - 3 * DAY),
    ],
    "booking_cancelled.half": [*_BOOKED, cancelled(at=STARTS_AT - 3 * DAY)],
    "booking_cancelled.in_grace": [*_BOOKED, cancelled(at=T0 + HOUR)],
    "booking_cancelled.too_late": [*_BOOKED, cancelled(at=_LATE)],
    "booking_cancelled.never": [on_offer(terms=PRESETS["non_refundable"]), confirmed(), cancelled(at=_LATE)],
    "booking_cancelled.by_vendor": [*_BOOKED, cancelled(by=VENDOR, at=_LATE)],
    "booking_cancelled.by_platform": [*_BOOKED, cancelled(by=OPERATOR, at=_LATE)],
    "booking_cancelled.unpaid": [on_offer(), held(), cancelled()],
    "booking_part_cancelled": [
        on_offer(),
        confirmed(quantity=2),
        Step(CancelPart(booking_id(), Part(quantity=1), "one is ill"), TRAVELLER, STARTS_AT - 8 * DAY),
    ],
    "booking_expired": [on_offer(), held(), Step(ExpireBooking(booking_id()), at=T0 + HOUR)],
    "booking_expired.capacity_lost": [
        on_offer(capacity=1),
        paying(),
        Step(ExpireBooking(booking_id()), at=T0 + HOUR),
        confirmed(2),
        Step(captured()),
    ],
    "no_show_recorded": [*_BOOKED, nobody_came(1)],
    "payment_action": [on_offer(), paying(), Step(RecordPayment(payment_id(), Intent("pi_1", "requires_action")))],
    "payment_failed": [on_offer(), paying(), Step(declined())],
    "payment_reminder": [on_offer(), held(), Step(RemindBooking(booking_id(), "payment"), at=T0 + 11 * MINUTE)],
    "trip_reminder": [*_BOOKED, Step(RemindBooking(booking_id(), "trip"), at=STARTS_AT - 23 * HOUR)],
    "refund_sent": [
        *_BOOKED,
        cancelled(at=STARTS_AT - 3 * DAY),
        Step(refund_seen("succeeded", entry=entry_of("refund", -PRICE // 2))),
    ],
    "request_received": _ASKED,
    "request_reminder": [*_ASKED, Step(RemindBooking(booking_id(), "answer"), at=T0 + 21 * HOUR)],
    "sale_confirmed": _BOOKED,
    "sale_rescheduled": [on_offer(), every_change(1)],
    "sale_cancelled": [*_BOOKED, cancelled(at=STARTS_AT - 3 * DAY)],
    "sale_cancelled.asked": [*_ASKED, cancelled()],
    "sale_part_cancelled": [
        on_offer(),
        confirmed(quantity=2),
        Step(CancelPart(booking_id(), Part(quantity=1), "one is ill"), TRAVELLER, STARTS_AT - 8 * DAY),
    ],
    "payout_sent": _PAID_OUT,
    "payout_failed": [*_PAID_OUT, Step(RecordBankPayout(payout_of(), "po_1", "failed", "account_closed"))],
    "payout_carried": [
        on_offer(price_minor=50_00),
        confirmed(price_minor=50_00),
        payable(),
        completed(),
        Step(ReleaseEarnings(VENDOR_ID, "EUR"), at=STARTS_AT + 3 * DAY),
        Step(draft_payout(), at=RUN_AT),
    ],
    "dispute_opened": [*_BOOKED, Step(dispute("needs_response", taken()))],
    "dispute_opened.inquiry": [*_BOOKED, Step(dispute("warning_needs_response"))],
    "verify_email": [],
    "password_reset": [],
    "password_changed": [],
    "new_sign_in": [],
    "erasure_done": [],
}


def occasion(name: str) -> Occasion:
    """What the message of this name is about."""
    kind = BY_KIND[name.partition(".")[0]]
    if kind.to == "account":
        return Occasion(T0)
    log = given(*STORIES[name]).log
    events: list[Event] = [event for event in log.events_after(0) if type(event) in kind.causes and kind.when(event)]
    assert events, name
    assert not isinstance(events[-1], Account.Registered)
    return occasion_of(log.stream, events[-1].originator_id, events[-1].originator_version)
