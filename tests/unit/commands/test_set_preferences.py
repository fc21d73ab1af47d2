"""What a person wants to be told: kept as a whole, never without what is needed; a link switches one thing off."""

import pytest

from commands.erase_account import EraseAccount
from commands.set_preferences import SetPreferences, Unsubscribe
from domain.account import Account
from domain.preferences import ALWAYS, CannotSwitchOff, QuietHours, is_wanted
from domain.refusal import NotFound
from tests.unit.facts import TRAVELLER, TRAVELLER_ID, register
from tests.unit.story import Step, given

REGISTERED = Step(register("traveller", TRAVELLER_ID))
NIGHT = QuietHours("22:00", "07:00", "Europe/Berlin")
CHOSEN = {"reminders.email": False, "bookings.sms": True}


def test_wishes_are_kept() -> None:
    story = given(REGISTERED).when(SetPreferences(TRAVELLER_ID, CHOSEN, NIGHT), by=TRAVELLER)
    story.then(Account.PreferencesChanged)
    account = story.state(Account, TRAVELLER_ID)
    assert (account.preferences, account.quiet_hours) == (CHOSEN, NIGHT)


def test_the_same_wishes_again_are_nothing_new() -> None:
    again = SetPreferences(TRAVELLER_ID, CHOSEN, NIGHT)
    given(REGISTERED, Step(again, TRAVELLER)).when(again, by=TRAVELLER).then_nothing()
    given(REGISTERED).when(SetPreferences(TRAVELLER_ID, {}, None), by=TRAVELLER).then_nothing()


@pytest.mark.parametrize(("group", "channel"), sorted(ALWAYS))
def test_what_is_needed_cannot_be_switched_off(group: str, channel: str) -> None:
    story = given(REGISTERED)
    story.when(SetPreferences(TRAVELLER_ID, {f"{group}.{channel}": False}, None), by=TRAVELLER).then(CannotSwitchOff)
    story.when(Unsubscribe(TRAVELLER_ID, group, channel)).then(CannotSwitchOff)  # type: ignore[arg-type]
    assert is_wanted({f"{group}.{channel}": False}, group, channel)  # type: ignore[arg-type]


def test_a_link_switches_one_thing_off_and_leaves_the_rest() -> None:
    chosen = SetPreferences(TRAVELLER_ID, {"bookings.sms": True}, NIGHT)
    story = given(REGISTERED, Step(chosen, TRAVELLER)).when(Unsubscribe(TRAVELLER_ID, "reminders", "email"))
    story.then(Account.PreferencesChanged)
    account = story.state(Account, TRAVELLER_ID)
    assert account.preferences == {"bookings.sms": True, "reminders.email": False}
    assert account.quiet_hours == NIGHT
    story.when(Unsubscribe(TRAVELLER_ID, "reminders", "email")).then_nothing()


def test_who_was_erased_wishes_nothing() -> None:
    story = given(REGISTERED, Step(EraseAccount(TRAVELLER_ID)))
    story.when(SetPreferences(TRAVELLER_ID, CHOSEN, None), by=TRAVELLER).then(NotFound)
    story.when(Unsubscribe(TRAVELLER_ID, "reminders", "email")).then(NotFound)
