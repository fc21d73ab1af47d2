"""Erasing an account: refused while anything is open, and once for good."""

from commands.append import NotQuiet
from commands.erase_account import EraseAccount
from domain.account import Account, AccountErased, OpenMatter, StillOpen
from domain.booking import Booking
from domain.refusal import NotFound
from tests.unit.facts import (
    TRAVELLER,
    TRAVELLER_ID,
    VENDOR,
    VENDOR_ID,
    create_listing,
    held,
    on_offer,
    place_hold,
    register,
)
from tests.unit.story import Step, given

REGISTERED = Step(register("traveller", TRAVELLER_ID, "60303ae22b998861"))


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


SOLD = on_offer()


def test_nobody_is_erased_if_something_has_happened_to_them_since_it_was_asked_what_is_open() -> None:
    story = given(REGISTERED, *SOLD, held())
    before_the_hold = len(story.log.stored) - 1
    story.when(EraseAccount(TRAVELLER_ID, (), before_the_hold), by=TRAVELLER).then(NotQuiet)
    story.when(EraseAccount(VENDOR_ID, (), before_the_hold), by=VENDOR).then(NotQuiet)


def test_what_happens_to_others_meanwhile_keeps_nobody_from_being_erased() -> None:
    story = given(REGISTERED, *SOLD)
    story.when(EraseAccount(TRAVELLER_ID, (), 1), by=TRAVELLER).then(Account.Erased)


def test_who_has_just_been_erased_books_nothing_and_sells_nothing() -> None:
    given(REGISTERED, *SOLD, Step(EraseAccount(TRAVELLER_ID))).when(place_hold(), by=TRAVELLER).then(AccountErased)
    given(REGISTERED, *SOLD, Step(EraseAccount(VENDOR_ID))).when(place_hold(), by=TRAVELLER).then(AccountErased)
    given(Step(register()), Step(EraseAccount(VENDOR_ID))).when(create_listing(), by=VENDOR).then(AccountErased)
    given(REGISTERED, *SOLD).when(place_hold(), by=TRAVELLER).then(Booking.Held)
