"""Adjustments take two people of finance, and are lines of the vendor's next payout."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from commands.adjust import ApproveAdjustment, ProposeAdjustment, RejectAdjustment
from domain.actor import SYSTEM, Actor
from domain.adjustment import Adjustment, MoreThanOwed, NothingToWriteOff, NotInTheFuture
from domain.four_eyes import SecondPersonNeeded
from domain.money import Money
from domain.payout import Payout
from domain.refusal import NotAllowed, NotFound, UnsupportedCurrency, WrongState
from domain.vendor_ledger import VendorLedger
from tests.unit.books import balances
from tests.unit.facts import (
    AUDITOR,
    DAY,
    FINANCE,
    OPERATOR,
    RUN_AT,
    VENDOR,
    VENDOR_ID,
    completed,
    confirmed,
    draft_payout,
    on_offer,
    payable,
)
from tests.unit.payout_facts import payout_of
from tests.unit.story import T0, Step, Story, fact, given

ID = UUID("0198d000-0000-7000-8000-000000000001")
OTHER_FINANCE = Actor(UUID("0198a000-0000-7000-8000-000000000008"), "finance")


def propose(minor: int = 25_00, reason: Any = "compensation", **how: Any) -> ProposeAdjustment:
    return ProposeAdjustment(ID, how.pop("vendor_id", VENDOR_ID), Money(minor, "EUR"), reason, "FIN-142", **how)


def adjusted(minor: int, reason: Any = "compensation") -> list[Step]:
    """In force, at the time of the step before."""
    return [Step(propose(minor, reason), FINANCE), Step(ApproveAdjustment(ID), OTHER_FINANCE)]


def books(story: Story) -> dict[str, int]:
    return {account: minor for (_, account), minor in balances(story.log.events_after(0)).items()}


def test_nothing_is_booked_until_somebody_else_agrees() -> None:
    story = given(on_offer()).when(propose(), by=FINANCE).then(Adjustment.Proposed)
    assert books(story) == {}
    story.when(ApproveAdjustment(ID), by=FINANCE).then(SecondPersonNeeded)
    story.when(ApproveAdjustment(ID), by=OTHER_FINANCE)
    assert books(story) == {"goodwill": 25_00, "vendor.available": -25_00}


def test_it_is_a_line_of_the_next_payout() -> None:
    story = given(on_offer(), confirmed(), payable(), completed(), adjusted(-25_00, "penalty"))
    story.when(draft_payout(), at=RUN_AT)
    payout = story.state(Payout, payout_of())
    assert [(line.kind, line.amount_minor) for line in payout.lines] == [("completed", 80_00), ("adjustment", -25_00)]
    assert payout.amount_minor == 55_00


def test_what_a_vendor_owes_more_than_it_earned_is_carried_and_netted_later() -> None:
    story = given(on_offer(), confirmed(), payable(), completed(), adjusted(-100_00, "penalty"))
    story.when(draft_payout(), at=RUN_AT)
    story.then(VendorLedger.Released, fact(VendorLedger.CarriedForward, payable_minor=-20_00, reason="below minimum"))


def test_a_write_off_gives_up_what_a_vendor_owes() -> None:
    story = given(on_offer(), adjusted(-30_00, "penalty"))
    write_off = ProposeAdjustment(UUID(int=7), VENDOR_ID, Money(30_00, "EUR"), "write_off", "FIN-143")
    story.tell(Step(write_off, FINANCE))
    story.when(ApproveAdjustment(UUID(int=7)), by=OTHER_FINANCE)
    assert books(story) == {"goodwill": -30_00, "bad_debt": 30_00}


@pytest.mark.parametrize(("owed_minor", "refusal"), [(29_99, MoreThanOwed), (30_00, None), (0, MoreThanOwed)])
def test_a_write_off_gives_up_no_more_than_is_owed(owed_minor: int, refusal: Any) -> None:
    """It is looked at when the second person agrees: what was owed may have been paid since."""
    story = given(on_offer(), adjusted(-owed_minor, "penalty") if owed_minor else ())
    write_off = ProposeAdjustment(UUID(int=7), VENDOR_ID, Money(30_00, "EUR"), "write_off", "FIN-143")
    story.tell(Step(write_off, FINANCE))
    story.when(ApproveAdjustment(UUID(int=7)), by=FINANCE).then(SecondPersonNeeded)
    story.when(ApproveAdjustment(UUID(int=7)), by=OTHER_FINANCE)
    assert type(story.refusal) is (refusal or type(None))
    assert ("bad_debt" in books(story)) == (refusal is None)


def test_a_write_off_is_never_against_the_vendor() -> None:
    given(on_offer()).when(propose(-1, "write_off"), by=FINANCE).then(NothingToWriteOff)


def test_one_that_was_rejected_is_over() -> None:
    story = given(on_offer(), Step(propose(), FINANCE)).when(RejectAdjustment(ID), by=FINANCE).then(Adjustment.Rejected)
    story.when(ApproveAdjustment(ID), by=OTHER_FINANCE).then(WrongState)
    assert books(story) == {}


def test_it_is_approved_once() -> None:
    given(on_offer(), adjusted(25_00)).when(ApproveAdjustment(ID), by=OTHER_FINANCE).then(WrongState)


@pytest.mark.parametrize(("at", "refusal"), [(T0 - DAY, None), (T0 + DAY, NotInTheFuture)])
def test_it_may_take_effect_in_the_past(at: datetime, refusal: Any) -> None:
    story = given(on_offer()).when(propose(effective_at=at), by=FINANCE).then(refusal or Adjustment.Proposed)
    if refusal is None:
        story.when(ApproveAdjustment(ID), by=OTHER_FINANCE)
        assert [e.effective_at for e in story.new if isinstance(e, Adjustment.Approved)] == [at]


@pytest.mark.parametrize("by", [VENDOR, OPERATOR, AUDITOR, SYSTEM, Actor(None, "finance")])
def test_only_people_of_finance_may(by: Actor) -> None:
    story = given(on_offer(), Step(propose(), FINANCE))
    for command in (propose(), ApproveAdjustment(ID), RejectAdjustment(ID)):
        story.when(command, by=by).then(NotAllowed)


def test_a_vendor_or_currency_that_does_not_exist_is_refused() -> None:
    given(on_offer()).when(propose(vendor_id=UUID(int=5)), by=FINANCE).then(NotFound)
    strange = ProposeAdjustment(ID, VENDOR_ID, Money(1, "XXX"), "correction", "FIN-1")
    given(on_offer()).when(strange, by=FINANCE).then(UnsupportedCurrency)
