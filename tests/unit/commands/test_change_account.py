"""What people change about their own account."""

from uuid import UUID

import pytest

from commands.change_account import ChangePassword, ChangeProfile, VerifyEmail
from commands.erase_account import EraseAccount
from domain.account import Account, Sealed
from domain.refusal import NotFound, VersionMismatch
from tests.unit.facts import TRAVELLER, TRAVELLER_ID, register
from tests.unit.story import Step, fact, given

REGISTERED = Step(register("traveller", TRAVELLER_ID))
SESSION = UUID(int=7)


def test_an_address_is_verified_once() -> None:
    story = given(REGISTERED).when(VerifyEmail(TRAVELLER_ID), by=TRAVELLER).then(Account.EmailVerified)
    assert story.state(Account, TRAVELLER_ID).email_verified
    story.when(VerifyEmail(TRAVELLER_ID), by=TRAVELLER).then_nothing()


def test_what_was_sealed_remembers_the_event_that_it_was_sealed_for() -> None:
    change = ChangeProfile(TRAVELLER_ID, 1, {"full_name": "new"}, ())
    account = given(REGISTERED).when(change, by=TRAVELLER).then(Account.ProfileChanged).state(Account, TRAVELLER_ID)
    assert account.sealed["full_name"] == Sealed(2, "new")
    assert account.sealed["email"].version == 1


def test_what_was_sealed_for_another_event_is_refused() -> None:
    given(REGISTERED, Step(VerifyEmail(TRAVELLER_ID))).when(
        ChangeProfile(TRAVELLER_ID, 1, {"full_name": "new"}), by=TRAVELLER
    ).then(VersionMismatch)
    story = given(REGISTERED).when(
        ChangeProfile(TRAVELLER_ID, 1, {"full_name": "new"}), by=TRAVELLER, meanwhile=Step(VerifyEmail(TRAVELLER_ID))
    )
    assert isinstance(story.refusal, VersionMismatch)


def test_a_phone_that_is_removed_is_not_known_any_more() -> None:
    with_phone = Step(ChangeProfile(TRAVELLER_ID, 1, {"phone": "sealed"}))
    story = given(REGISTERED, with_phone).when(ChangeProfile(TRAVELLER_ID, 2, {}, ("phone", "locale")), by=TRAVELLER)
    story.then(fact(Account.ProfileChanged, removed=("phone",)))
    assert "phone" not in story.state(Account, TRAVELLER_ID).sealed


def test_a_change_that_changes_nothing_is_none() -> None:
    given(REGISTERED).when(ChangeProfile(TRAVELLER_ID, 1, {}, ("phone",)), by=TRAVELLER).then_nothing()


def test_a_password_is_numbered_by_the_event_that_set_it() -> None:
    change = ChangePassword(TRAVELLER_ID, 1, "sealed", "changed", SESSION)
    story = given(REGISTERED).when(change, by=TRAVELLER)
    story.then(fact(Account.PasswordChanged, why="changed", kept_session=SESSION))
    account = story.state(Account, TRAVELLER_ID)
    assert (account.password_version, account.sealed["password"]) == (2, Sealed(2, "sealed"))


@pytest.mark.parametrize(
    "command",
    [
        VerifyEmail(TRAVELLER_ID),
        ChangeProfile(TRAVELLER_ID, 2, {"full_name": "new"}),
        ChangePassword(TRAVELLER_ID, 2, "sealed", "reset"),
    ],
)
def test_who_was_erased_cannot_be_changed(command: object) -> None:
    given(REGISTERED, Step(EraseAccount(TRAVELLER_ID))).when(command, by=TRAVELLER).then(NotFound)
