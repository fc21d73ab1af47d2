"""A story in which everything happens to accounts that can happen to one."""

from uuid import UUID

from commands.administer_account import AdministerAccount
from commands.change_account import ChangePassword, ChangeProfile, VerifyEmail
from commands.erase_account import EraseAccount
from commands.second_factor import ConfirmSecondFactor, OfferSecondFactor, RemoveSecondFactor, UseRecoveryCode
from commands.set_preferences import SetPreferences, Unsubscribe
from domain.actor import Actor
from domain.preferences import QuietHours
from tests.unit.facts import register
from tests.unit.story import Step

PERSON_ID = UUID("0198a000-0000-7000-8000-00000000000a")
ADMIN = Actor(UUID("0198a000-0000-7000-8000-000000000009"), "admin")


def account_life() -> list[Step]:
    """Every step from registration to erasure; each is made for the version that the one before it left."""
    reason = ("c2VhbGVkLXJlYXNvbg==",)
    return [
        Step(register("traveller", PERSON_ID, "6b86b273ff34fce1")),
        Step(VerifyEmail(PERSON_ID)),
        Step(ChangeProfile(PERSON_ID, 2, {"full_name": "c2VhbGVk", "phone": "c2VhbGVk"})),
        Step(ChangeProfile(PERSON_ID, 3, {"full_name": "c2VhbGVk"}, ("phone",))),
        Step(ChangePassword(PERSON_ID, 4, "c2VhbGVkLWhhc2g=", "changed", ADMIN.account_id)),
        Step(AdministerAccount(PERSON_ID, 5, reason, role="operator"), ADMIN),
        Step(OfferSecondFactor(PERSON_ID, 6, "c2VhbGVkLXNlY3JldA==")),
        Step(ConfirmSecondFactor(PERSON_ID, 7, "c2VhbGVkLWhhc2hlcw==")),
        Step(UseRecoveryCode(PERSON_ID, 3)),
        Step(RemoveSecondFactor(PERSON_ID)),
        Step(AdministerAccount(PERSON_ID, 10, reason, status="suspended"), ADMIN),
        Step(AdministerAccount(PERSON_ID, 11, reason, status="active"), ADMIN),
        Step(SetPreferences(PERSON_ID, {"reminders.sms": True}, QuietHours("22:00", "07:00", "Europe/Berlin"))),
        Step(Unsubscribe(PERSON_ID, "reminders", "email")),
        Step(EraseAccount(PERSON_ID)),
    ]
