"""Erasing an account: refused while anything is open, and once for good."""

from commands.erase_account import EraseAccount
from domain.account import Account, OpenMatter, StillOpen
from domain.refusal import NotFound
from tests.unit.facts import TRAVELLER, TRAVELLER_ID, register
from tests.unit.story import Step, given

REGISTERED = Step(register("traveller", TRAVELLER_ID))


def test_what_is_open_is_named() -> None:
    matter = OpenMatter("bookings", "2 trips are still ahead")
    story = given(REGISTERED).when(EraseAccount(TRAVELLER_ID, (matter,)), by=TRAVELLER).then(StillOpen)
    assert isinstance(story.refusal, StillOpen)
    assert story.refusal.errors == (matter,)


def test_an_erased_account_holds_nothing_of_the_person() -> None:
    story = given(REGISTERED).when(EraseAccount(TRAVELLER_ID), by=TRAVELLER).then(Account.Erased)
    account = story.state(Account, TRAVELLER_ID)
    assert (account.status, account.sealed) == ("erased", {})


def test_it_is_erased_once_whatever_is_open_then() -> None:
    story = given(REGISTERED, Step(EraseAccount(TRAVELLER_ID)))
    story.when(EraseAccount(TRAVELLER_ID), by=TRAVELLER).then_nothing()
    story.when(EraseAccount(TRAVELLER_ID, (OpenMatter("x", "y"),))).then_nothing()


def test_nobody_is_not_erased() -> None:
    given().when(EraseAccount(TRAVELLER_ID)).then(NotFound)
