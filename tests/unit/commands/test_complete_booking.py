"""Complete a booking that has ended: the vendor has earned its share."""

import pytest

from commands.complete_booking import CompleteBooking
from domain.actor import SYSTEM, Actor
from domain.booking import Booking, NotEnded
from domain.policy import Policy
from domain.refusal import NotAllowed, NotFound, VersionMismatch, WrongState
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.facts import (
    ENDS_AT,
    FINANCE,
    HOUR,
    OPERATOR,
    OTHER_VENDOR,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    cancelled,
    completed,
    confirmed,
    held,
    ledger_id,
    on_offer,
)
from tests.unit.story import fact, given

COMPLETE = CompleteBooking(booking_id())


@pytest.mark.parametrize("by", [SYSTEM, VENDOR, OPERATOR])
def test_the_vendor_has_earned_its_share_when_the_trip_is_over(by: Actor) -> None:
    story = given(on_offer(), confirmed()).when(COMPLETE, by=by, at=ENDS_AT)
    story.then(
        fact(Booking.Completed, vendor_share_minor=80_00, platform_share_minor=20_00, currency="EUR"),
        fact(Vendor.PeriodOpened, currency="EUR", number=1),
        fact(VendorLedger.Opened, originator_id=ledger_id(), carried=()),
        VendorLedger.Earned,
    ).then_capacity(held=0, sold=1)
    (line,) = story.state(VendorLedger, ledger_id()).lines.values()
    assert (line.kind, line.amount_minor, line.available) == ("completed", 80_00, False)
    assert line.available_from == ENDS_AT + 48 * HOUR


def test_the_platforms_share_is_rounded_down_and_the_vendor_has_the_rest() -> None:
    story = given(on_offer(price_minor=33_33), confirmed(price_minor=33_33), policy=Policy(commission_bp=1_500))
    story.when(COMPLETE, at=ENDS_AT)
    assert story.new[0] == story.log.stream(booking_id())[-1]
    story.then(
        fact(Booking.Completed, vendor_share_minor=28_34, platform_share_minor=4_99),
        Vendor.PeriodOpened,
        VendorLedger.Opened,
        VendorLedger.Earned,
    )


def test_a_second_booking_is_earned_in_the_same_period() -> None:
    given(on_offer(), confirmed(1), confirmed(2), completed(1)).when(CompleteBooking(booking_id(2))).then(
        Booking.Completed, VendorLedger.Earned
    )


def test_completing_twice_is_no_event() -> None:
    given(on_offer(), confirmed(), completed()).when(COMPLETE).then_nothing()


def test_it_cannot_be_completed_before_it_has_ended() -> None:
    given(on_offer(), confirmed()).when(COMPLETE, at=ENDS_AT - TICK).then(NotEnded)


def test_an_unpaid_booking_is_not_completed() -> None:
    given(on_offer(), held()).when(COMPLETE, at=ENDS_AT).then(WrongState)


def test_a_cancelled_booking_is_not_completed() -> None:
    given(on_offer(), confirmed(), cancelled()).when(COMPLETE, at=ENDS_AT).then(WrongState)


@pytest.mark.parametrize("by", [TRAVELLER, FINANCE])
def test_neither_travellers_nor_finance_complete(by: Actor) -> None:
    given(on_offer(), confirmed()).when(COMPLETE, by=by, at=ENDS_AT).then(NotAllowed)


def test_a_booking_of_another_vendor_is_not_found() -> None:
    given(on_offer(), confirmed()).when(COMPLETE, by=OTHER_VENDOR, at=ENDS_AT).then(NotFound)


def test_a_booking_that_changed_since_it_was_read_is_refused() -> None:
    given(on_offer(), confirmed()).when(CompleteBooking(booking_id(), 1), at=ENDS_AT).then(VersionMismatch)
