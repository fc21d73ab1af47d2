"""Cancel a booking by its terms."""

from datetime import datetime, timedelta
from typing import Literal

import pytest

from commands.cancel_booking import CancelBooking
from domain.actor import SYSTEM, Actor
from domain.booking import Booking, HasBegun, HasEnded, Preview, PreviewOutdated
from domain.payment import Funding, Payment
from domain.refusal import NotAllowed, NotFound, VersionMismatch, WrongState
from domain.terms import PRESETS, By, Outcome, Terms, Tier
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from domain.vendor_line import Line
from tests.unit.facts import (
    AUDITOR,
    DAY,
    ENDS_AT,
    FINANCE,
    HOUR,
    MINUTE,
    OPERATOR,
    OTHER_TRAVELLER,
    OTHER_VENDOR,
    PRICE,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    VENDOR_ID,
    booking_id,
    cancelled,
    completed,
    confirmed,
    declined,
    held,
    ledger_id,
    on_offer,
    paying,
    refund_id,
)
from tests.unit.story import T0, Step, fact, given

CANCEL = CancelBooking(booking_id(), "changed my mind")
EARNED = (Vendor.PeriodOpened, VendorLedger.Opened, VendorLedger.Earned)


@pytest.mark.parametrize(
    ("at", "refund", "vendor", "platform"),
    [
        (STARTS_AT - 7 * DAY - TICK, 100_00, 0, 0),
        (STARTS_AT - 7 * DAY, 100_00, 0, 0),
        (STARTS_AT - 7 * DAY + TICK, 50_00, 40_00, 10_00),
        (STARTS_AT - 2 * DAY, 50_00, 40_00, 10_00),
        (STARTS_AT - 2 * DAY + TICK, 0, 80_00, 20_00),
        (STARTS_AT - TICK, 0, 80_00, 20_00),
    ],
)
def test_the_terms_decide_before_at_and_after_each_deadline(
    at: datetime, refund: int, vendor: int, platform: int
) -> None:
    story = given(on_offer(), confirmed()).when(CANCEL, by=TRAVELLER, at=at)
    outcome = story.state(Booking, booking_id()).cancelled
    assert outcome is not None
    assert (outcome.refund_minor, outcome.vendor_share_minor, outcome.platform_share_minor) == (
        refund,
        vendor,
        platform,
    )
    refunded = [Payment.RefundRequested] if refund else []
    earned = EARNED if vendor else ()
    story.then(Booking.Cancelled, *refunded, *earned).then_capacity(held=0, sold=0)


def test_what_the_vendor_keeps_is_earned_and_the_rest_refunded_in_one_append() -> None:
    at = STARTS_AT - 3 * DAY
    clause = "Moderate: 50 % refund until 2 days before the start (Sat 18 April 2026, 10:00 Europe/Berlin)."
    story = given(on_offer(), confirmed())
    appends = len(story.log.appends)
    story.when(CANCEL, by=TRAVELLER, at=at).then(
        fact(
            Booking.Cancelled,
            vendor_id=VENDOR_ID,
            currency="EUR",
            by="traveller",
            reason="changed my mind",
            was_paid=True,
            outcome=Outcome(50_00, 40_00, 10_00, clause, STARTS_AT - 2 * DAY),
        ),
        fact(
            Payment.RefundRequested,
            refund_id=refund_id(),
            amount_minor=50_00,
            funding=Funding(unearned_minor=50_00),
            reason=clause,
            at_fault="traveller",
        ),
        Vendor.PeriodOpened,
        VendorLedger.Opened,
        VendorLedger.Earned,
    )
    assert len(story.log.appends) == appends + 1
    (line,) = story.state(VendorLedger, ledger_id()).lines.values()
    assert line == Line(line.line_id, booking_id(), "cancelled", 40_00, at, at + 48 * HOUR)


def test_the_grace_gives_everything_back_for_a_day_after_booking() -> None:
    terms = Terms("no regrets", (Tier("PT0S", 0),), PRESETS["moderate"].grace)
    story = given(on_offer(terms=terms), confirmed())
    story.when(CANCEL, by=TRAVELLER, at=T0 + DAY).then(
        Booking.Cancelled, fact(Payment.RefundRequested, amount_minor=PRICE)
    )


def test_the_grace_ends_after_its_day() -> None:
    terms = Terms("no regrets", (Tier("PT0S", 0),), PRESETS["moderate"].grace)
    given(on_offer(terms=terms), confirmed()).when(CANCEL, by=TRAVELLER, at=T0 + DAY + TICK).then(
        Booking.Cancelled, *EARNED
    )


@pytest.mark.parametrize(("by", "name"), [(VENDOR, "vendor"), (OPERATOR, "platform"), (SYSTEM, "platform")])
@pytest.mark.parametrize("at", [T0, STARTS_AT - TICK, STARTS_AT + HOUR])
def test_a_vendor_or_the_platform_gives_everything_back_at_any_time(by: Actor, name: By, at: datetime) -> None:
    given(on_offer(), confirmed()).when(CANCEL, by=by, at=at).then(
        fact(Booking.Cancelled, by=name, outcome=Outcome(PRICE, 0, 0, f"Cancelled by the {name}: full refund.", None)),
        fact(Payment.RefundRequested, amount_minor=PRICE, at_fault=name),
    )


@pytest.mark.parametrize("by", [VENDOR, OPERATOR])
def test_while_it_lasts_vendor_and_platform_may_break_it_off_and_after_its_end_nobody_may(by: Actor) -> None:
    given(on_offer(), confirmed()).when(CANCEL, by=by, at=ENDS_AT - TICK).then(
        Booking.Cancelled, fact(Payment.RefundRequested, amount_minor=PRICE)
    )
    story = given(on_offer(), confirmed())
    story.when(CANCEL, by=by, at=ENDS_AT).then(HasEnded).then_capacity(held=0, sold=1)
    story.when(CANCEL, by=by, at=ENDS_AT + DAY).then(HasEnded)


def test_a_traveller_cannot_cancel_what_has_begun() -> None:
    given(on_offer(), confirmed()).when(CANCEL, by=TRAVELLER, at=STARTS_AT).then(HasBegun).then_capacity(held=0, sold=1)


@pytest.mark.parametrize("by", [TRAVELLER, VENDOR])
def test_an_unpaid_hold_is_given_back_and_nothing_is_refunded(by: Actor) -> None:
    story = given(on_offer(), held()).when(CANCEL, by=by)
    story.then(
        fact(
            Booking.Cancelled,
            was_paid=False,
            outcome=Outcome(0, 0, 0, "Not paid: nothing to refund.", T0 + 15 * MINUTE),
        )
    ).then_capacity(held=0, sold=0)


def test_a_payment_under_way_is_stopped() -> None:
    given(on_offer(), paying()).when(CANCEL, by=TRAVELLER).then(
        Booking.Cancelled, fact(Payment.VoidRequested, reason="booking cancelled")
    )


def test_a_payment_that_failed_needs_no_stopping() -> None:
    given(on_offer(), paying(), Step(declined())).when(CANCEL, by=TRAVELLER).then(Booking.Cancelled)


def test_a_cancelled_booking_cannot_be_cancelled_again() -> None:
    given(on_offer(), confirmed(), cancelled()).when(CANCEL, by=TRAVELLER).then(WrongState)


def test_a_completed_booking_cannot_be_cancelled() -> None:
    given(on_offer(), confirmed(), completed()).when(CANCEL, by=OPERATOR).then(WrongState)


def agreed(*, version: int = 3, by: By = "traveller", until: datetime = T0 + 10 * MINUTE) -> CancelBooking:
    outcome = Outcome(70_00, 24_00, 6_00, "as promised", None)
    return CancelBooking(booking_id(), "", Preview(version, by, outcome, until))


@pytest.mark.parametrize("wait", [timedelta(), 10 * MINUTE])
def test_a_preview_is_honoured_to_its_last_instant(wait: timedelta) -> None:
    given(on_offer(), confirmed()).when(agreed(), by=TRAVELLER, at=T0 + wait).then(
        fact(Booking.Cancelled, outcome=Outcome(70_00, 24_00, 6_00, "as promised", None)),
        fact(Payment.RefundRequested, amount_minor=70_00, reason="as promised"),
        Vendor.PeriodOpened,
        VendorLedger.Opened,
        VendorLedger.Earned,
    )


@pytest.mark.parametrize("old", ["time", "version", "by"])
def test_a_preview_that_is_outdated_is_refused(old: Literal["time", "version", "by"]) -> None:
    command = {"time": agreed(until=T0 - TICK), "version": agreed(version=2), "by": agreed(by="vendor")}[old]
    given(on_offer(), confirmed()).when(command, by=TRAVELLER).then(PreviewOutdated).then_capacity(held=0, sold=1)


@pytest.mark.parametrize("by", [OTHER_TRAVELLER, OTHER_VENDOR])
@pytest.mark.parametrize("version", [None, 99])
def test_a_booking_that_is_not_yours_is_not_found(by: Actor, version: int | None) -> None:
    given(on_offer(), held()).when(CancelBooking(booking_id(), if_version=version), by=by).then(NotFound)


@pytest.mark.parametrize("by", [FINANCE, AUDITOR])
def test_those_who_only_look_may_not_cancel(by: Actor) -> None:
    given(on_offer(), held()).when(CANCEL, by=by).then(NotAllowed)


def test_a_booking_that_changed_since_it_was_read_is_refused() -> None:
    given(on_offer(), held()).when(CancelBooking(booking_id(), if_version=2), by=TRAVELLER).then(VersionMismatch)
