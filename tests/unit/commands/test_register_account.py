"""Register an account."""

from uuid import UUID

from domain.account import Account, EmailTaken
from domain.vendor import Vendor
from tests.unit.facts import TRAVELLER_ID, VENDOR_ID, VENDOR_STREAM, register
from tests.unit.story import Step, fact, given


def test_a_traveller_is_registered_with_nothing_but_ciphertext() -> None:
    given().when(register("traveller", TRAVELLER_ID)).then(
        fact(
            Account.Registered,
            originator_id=TRAVELLER_ID,
            role="traveller",
            sealed={"name": "c2VhbGVk", "email": "c2VhbGVkLXRvbw=="},
            password_sealed="c2VhbGVkLWJjcnlwdA==",
        )
    )


def test_a_vendor_is_enrolled_at_once_and_paid_weekly() -> None:
    story = given().when(register()).then(fact(Vendor.Enrolled, vendor_id=VENDOR_ID), Account.Registered)
    vendor = story.state(Vendor, VENDOR_STREAM)
    assert (vendor.cadence, vendor.ready, vendor.open_periods) == ("weekly", False, {})


def test_an_address_belongs_to_one_account() -> None:
    given(Step(register())).when(register("traveller", TRAVELLER_ID)).then(EmailTaken)


def test_another_address_is_another_account() -> None:
    story = given(Step(register())).when(register("traveller", TRAVELLER_ID, "another")).then(Account.Registered)
    assert story.log.identities == {"9f86d081884c7d65": VENDOR_ID, "another": TRAVELLER_ID}


def test_the_secrets_of_a_registration_are_not_in_its_repr() -> None:
    shown = repr(register("traveller", UUID(int=1)))
    assert "d3JhcHBlZA" not in shown
    assert "c2VhbGVk" not in shown
