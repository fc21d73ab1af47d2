"""Record that nobody came: the terms' no-show share goes back, the rest is earned."""

from datetime import datetime

import pytest

from commands.record_no_show import RecordNoShow
from domain.actor import Actor
from domain.booking import Booking, NotBegun
from domain.payment import Payment
from domain.refusal import NotAllowed, NotFound, WrongState
from domain.terms import Outcome, Terms, Tier
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.facts import (
    ENDS_AT,
    OPERATOR,
    OTHER_VENDOR,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    completed,
    confirmed,
    held,
    on_offer,
)
from tests.unit.story import fact, given

NO_SHOW = RecordNoShow(booking_id())
QUARTER = Terms("quarter", (Tier("PT0S", 0),), no_show_bp=2_500)


@pytest.mark.parametrize(("by", "name"), [(VENDOR, "vendor"), (OPERATOR, "platform")])
@pytest.mark.parametrize("at", [STARTS_AT, ENDS_AT])
def test_the_share_goes_back_and_the_rest_is_earned(by: Actor, name: str, at: datetime) -> None:
    story = (
        given(on_offer(terms=QUARTER), confirmed())
        .when(NO_SHOW, by=by, at=at)
        .then(
            fact(
                Booking.NoShowRecorded,
                by=name,
                outcome=Outcome(25_00, 60_00, 15_00, "Not shown up: 25 % refund.", None),
            ),
            fact(Payment.RefundRequested, amount_minor=25_00, at_fault="traveller"),
            Vendor.PeriodOpened,
            VendorLedger.Opened,
            VendorLedger.Earned,
        )
    )
    story.then_capacity(held=0, sold=1).when(NO_SHOW, by=by).then_nothing()
    assert story.state(Booking, booking_id()).status == "no_show"


def test_without_a_share_nothing_goes_back() -> None:
    given(on_offer(), confirmed()).when(NO_SHOW, by=VENDOR, at=STARTS_AT).then(
        fact(Booking.NoShowRecorded, outcome=Outcome(0, 80_00, 20_00, "Not shown up: no refund.", None)),
        Vendor.PeriodOpened,
        VendorLedger.Opened,
        VendorLedger.Earned,
    )


def test_nobody_is_missed_before_the_start() -> None:
    given(on_offer(), confirmed()).when(NO_SHOW, by=VENDOR, at=STARTS_AT - TICK).then(NotBegun)


def test_only_who_had_a_place_can_be_missed() -> None:
    given(on_offer(), held()).when(NO_SHOW, by=VENDOR, at=STARTS_AT).then(WrongState)
    given(on_offer(), confirmed(), completed()).when(NO_SHOW, by=VENDOR).then(WrongState)


def test_only_its_vendor_and_operators_say_so() -> None:
    story = given(on_offer(), confirmed())
    story.when(NO_SHOW, by=TRAVELLER, at=STARTS_AT).then(NotAllowed)
    story.when(NO_SHOW, by=OTHER_VENDOR).then(NotFound)
