"""The second factor of an account, from offer to removal."""

from uuid import UUID

from commands.second_factor import ConfirmSecondFactor, OfferSecondFactor, RemoveSecondFactor, UseRecoveryCode
from domain.account import Account, CodeUsed, SecondFactorState
from tests.unit.facts import OPERATOR, register
from tests.unit.story import Given, Step, fact, given

ACCOUNT_ID = UUID("0198a000-0000-7000-8000-000000000005")
REGISTERED = Step(register("operator", ACCOUNT_ID))
OFFERED: list[Given] = [REGISTERED, Step(OfferSecondFactor(ACCOUNT_ID, 1, "secret"))]
ON: list[Given] = [*OFFERED, Step(ConfirmSecondFactor(ACCOUNT_ID, 2, "codes"))]


def test_it_counts_once_it_is_confirmed() -> None:
    story = given(OFFERED)
    assert story.state(Account, ACCOUNT_ID).second_factor == "offered"
    story.when(ConfirmSecondFactor(ACCOUNT_ID, 2, "codes"), by=OPERATOR).then(Account.SecondFactorConfirmed)
    assert story.state(Account, ACCOUNT_ID).second_factor == "on"


def test_an_offer_replaces_the_one_before() -> None:
    story = given(OFFERED).when(OfferSecondFactor(ACCOUNT_ID, 2, "newer"), by=OPERATOR)
    story.then(fact(Account.SecondFactorOffered, secret_sealed="newer"))


def test_what_is_on_is_not_offered_again_and_what_was_not_offered_is_not_confirmed() -> None:
    given(ON).when(OfferSecondFactor(ACCOUNT_ID, 3, "secret"), by=OPERATOR).then(SecondFactorState)
    given(REGISTERED).when(ConfirmSecondFactor(ACCOUNT_ID, 1, "codes"), by=OPERATOR).then(SecondFactorState)
    given(ON).when(ConfirmSecondFactor(ACCOUNT_ID, 3, "codes"), by=OPERATOR).then(SecondFactorState)


def test_a_recovery_code_is_good_once() -> None:
    story = given(ON).when(UseRecoveryCode(ACCOUNT_ID, 3)).then(fact(Account.RecoveryCodeUsed, number=3))
    story.when(UseRecoveryCode(ACCOUNT_ID, 3)).then(CodeUsed)
    story.when(UseRecoveryCode(ACCOUNT_ID, 4)).then(Account.RecoveryCodeUsed)


def test_of_two_who_bring_one_recovery_code_at_once_only_one_gets_in() -> None:
    story = given(ON).when(UseRecoveryCode(ACCOUNT_ID, 3), meanwhile=Step(UseRecoveryCode(ACCOUNT_ID, 3)))
    assert isinstance(story.refusal, CodeUsed)


def test_new_recovery_codes_were_never_used() -> None:
    story = given(ON, Step(UseRecoveryCode(ACCOUNT_ID, 3)), Step(RemoveSecondFactor(ACCOUNT_ID)))
    again = [Step(OfferSecondFactor(ACCOUNT_ID, 5, "secret")), Step(ConfirmSecondFactor(ACCOUNT_ID, 6, "codes"))]
    story.tell(again)
    story.when(UseRecoveryCode(ACCOUNT_ID, 3)).then(Account.RecoveryCodeUsed)


def test_removed_it_leaves_nothing_sealed_behind() -> None:
    story = given(ON).when(RemoveSecondFactor(ACCOUNT_ID), by=OPERATOR).then(Account.SecondFactorRemoved)
    assert story.state(Account, ACCOUNT_ID).sealed.keys() & {"totp", "recovery"} == set()
    story.when(RemoveSecondFactor(ACCOUNT_ID), by=OPERATOR).then_nothing()
    story.when(UseRecoveryCode(ACCOUNT_ID, 1)).then(SecondFactorState)
