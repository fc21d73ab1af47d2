"""How a vendor is paid: cadence, and the Stripe account to pay to."""

from typing import Any

import pytest

from commands.vendor_settings import ChooseCadence, RecordPayoutAccount, RequestPayoutAccount
from domain.actor import SYSTEM, Actor
from domain.refusal import NotAllowed, NotFound
from domain.vendor import Vendor
from tests.unit.facts import OPERATOR, OTHER_VENDOR, TRAVELLER, VENDOR, VENDOR_ID, payable, register
from tests.unit.story import Step, fact, given

ENROLLED = Step(register())


def test_a_vendor_chooses_when_it_is_paid() -> None:
    story = given(ENROLLED).when(ChooseCadence("monthly"), by=VENDOR)
    story.then(fact(Vendor.CadenceChosen, vendor_id=VENDOR_ID, cadence="monthly"))
    story.when(ChooseCadence("monthly"), by=VENDOR).then_nothing()
    story.when(ChooseCadence("weekly"), by=VENDOR).then(fact(Vendor.CadenceChosen, cadence="weekly"))


def test_weekly_is_so_from_the_beginning() -> None:
    given(ENROLLED).when(ChooseCadence("weekly"), by=VENDOR).then_nothing()


def test_an_account_is_asked_for_once() -> None:
    story = given(ENROLLED).when(RequestPayoutAccount(), by=VENDOR).then(Vendor.AccountRequested)
    story.when(RequestPayoutAccount(), by=VENDOR).then_nothing()


def test_what_stripe_says_of_an_account_is_recorded_when_it_changes() -> None:
    story = given(ENROLLED).when(RecordPayoutAccount(VENDOR_ID, "acct_kayak", ready=False))
    story.then(fact(Vendor.AccountSeen, stripe_account_id="acct_kayak", ready=False))
    story.when(payable(ready=False).command).then_nothing()
    story.when(payable().command).then(fact(Vendor.AccountSeen, ready=True))
    story.when(payable(ready=False).command).then(fact(Vendor.AccountSeen, ready=False))


@pytest.mark.parametrize("command", [ChooseCadence("monthly"), RequestPayoutAccount()])
@pytest.mark.parametrize("by", [TRAVELLER, OPERATOR, SYSTEM, Actor(None, "vendor")])
def test_only_a_vendor_says_how_it_is_paid(command: Any, by: Actor) -> None:
    given(ENROLLED).when(command, by=by).then(NotAllowed)


@pytest.mark.parametrize("command", [ChooseCadence("monthly"), RequestPayoutAccount()])
def test_a_vendor_that_never_enrolled_is_not_found(command: Any) -> None:
    given(ENROLLED).when(command, by=OTHER_VENDOR).then(NotFound)


def test_an_account_of_an_unknown_vendor_is_not_found() -> None:
    given().when(payable().command).then(NotFound)
