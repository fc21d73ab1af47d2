"""From a person's own words to the command that registers them: address hashed, the rest sealed under their new key."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from commands.register_account import RegisterAccount
from domain.actor import Role
from infrastructure.vault import Place, Vault

PASSWORD_MIN_CHARACTERS: Final = 8


class BadEmail(ValueError):  # noqa: N818 -- pydantic knows ValueError, a person the sentence
    """That is not an e-mail address."""


@dataclass(frozen=True, slots=True)
class Person:
    email: str = field(repr=False)
    full_name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    locale: str | None = None


def normal_email(email: str) -> str:
    """The address as it is kept. Nobody is asked whether it exists, and names reserved for tests will do."""
    try:
        address = validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise BadEmail(BadEmail.__doc__) from None
    if "." not in address.rpartition("@")[2]:
        raise BadEmail(BadEmail.__doc__)
    return address


def enrolment(vault: Vault, *, account_id: UUID, role: Role, person: Person, password: str) -> RegisterAccount:
    """Takes about a quarter of a second for the password's sake: call it in a thread."""
    key, wrapped_key = vault.new_key(account_id)
    words = {"email": person.email, "full_name": person.full_name, "phone": person.phone, "locale": person.locale}
    return RegisterAccount(
        account_id=account_id,
        role=role,
        email_index=vault.email_index(person.email),
        wrapped_key=wrapped_key,
        sealed={
            name: vault.seal(key, Place(account_id, 1, name), text) for name, text in words.items() if text is not None
        },
        password_sealed=vault.seal(key, Place(account_id, 1, "password"), vault.hash_password(password)),
    )
