"""The letters that we send about an account. They are written at the moment of sending and kept nowhere in clear."""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from infrastructure.enrolment import Person

AccountLetter = Literal["verify_email", "password_reset", "password_changed"]
ACCOUNT_LETTERS: Final[tuple[str, ...]] = get_args(AccountLetter)


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str = field(repr=False)
    text: str = field(repr=False)


def verify_email(person: Person, link: str) -> Letter:
    return Letter(
        "Please confirm your e-mail address",
        f"Hello {person.full_name},\n\nwelcome to Travellr. Please confirm that this address is yours:\n\n{link}\n\n"
        "The link is good for seven days. If you did not register, do nothing.\n",
    )


def password_reset(person: Person, link: str) -> Letter:
    return Letter(
        "Set a new password",
        f"Hello {person.full_name},\n\nsomebody, hopefully you, asked to set a new password for your account:\n\n{link}"
        "\n\nThe link is good once and for one hour. If it was not you, do nothing: your password stays as it is.\n",
    )


def password_changed(person: Person) -> Letter:
    return Letter(
        "Your password was changed",
        f"Hello {person.full_name},\n\nthe password of your account was changed, and you were signed out everywhere"
        " else. If it was not you, set a new one at once by the link for a forgotten password.\n",
    )
