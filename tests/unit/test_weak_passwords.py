"""Passwords that are guessed first are known; what a person may well choose is not refused."""

import pytest

from infrastructure.enrolment import PASSWORD_MIN_CHARACTERS
from infrastructure.weak_passwords import common_passwords, weakness


@pytest.mark.parametrize(
    "password",
    [
        *("password", "Password1", "PASSWORD123", " iloveyou ", "1q2w3e4r", "trustno1", "\uff50assword"),
        *("aaaaaaaa", "abababab", "123123123", "12341234", "        x"[:8], "\U0001f98a" * 8),
        *("12345678", "87654321", "abcdefgh", "zyxwvuts", "qwertyui", "poiuytre", "yxwvutsrq", "890123456"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert weakness(password) is not None


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery", "a staff member's password", "long enough to be one", "passwordless since 2024"),
        *("x" * 72, "x" * 73, "abcdefgx", "zebra-12345678", "\U0001f98a" * 40),
    ],
)
def test_what_a_person_may_well_choose_is_not(password: str) -> None:
    assert weakness(password) is None


@pytest.mark.parametrize(
    "password",
    ["ada@example.com", "ADA.LOVELACE", "Ada Lovelace", "adalovelace", "ecalevoL adA", "moc.elpmaxe@ecalevol.ada"],
)
def test_nobody_takes_their_own_name_or_address(password: str) -> None:
    person = ("ada.lovelace@example.com", "Ada Lovelace", "ada@example.com")
    assert weakness(password, person) == "must not be your own name or address"
    assert weakness(password) is None


def test_the_list_has_what_the_length_alone_would_allow_and_nothing_else() -> None:
    assert len(common_passwords()) > 400
    assert all(len(word) >= PASSWORD_MIN_CHARACTERS and word == word.casefold() for word in common_passwords())
