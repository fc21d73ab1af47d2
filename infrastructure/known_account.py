"""An account together with its person's key: what is sealed in it can be read, and sealed for its next event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.account import Account
from infrastructure.enrolment import Person
from infrastructure.vault import Place, Vault


@dataclass(frozen=True, slots=True)
class KnownAccount:
    account: Account
    key: bytes = field(repr=False)

    @property
    def id(self) -> UUID:
        return self.account.id

    def read(self, name: str) -> str | None:
        """A field in clear, or None if the account has no such field."""
        kept = self.account.sealed.get(name)
        return Vault.open(self.key, Place(self.id, kept.version, name), kept.text) if kept else None

    def must_read(self, name: str) -> str:
        text = self.read(name)
        assert text is not None, name
        return text

    def person(self) -> Person:
        return Person(self.must_read("email"), self.must_read("full_name"), self.read("phone"), self.read("locale"))

    def seal(self, name: str, text: str, *, ahead: int = 1) -> str:
        """Ciphertext for the event that is `ahead` of the account as it was read: 1 is the next one."""
        return Vault.seal(self.key, Place(self.id, self.account.version + ahead, name), text)

    def seal_all(self, words: Mapping[str, str]) -> dict[str, str]:
        return {name: self.seal(name, text) for name, text in words.items()}


def known(vault: Vault, account: Account, wrapped_key: str) -> KnownAccount:
    """Raises InvalidTag if the key was wrapped by a master key that we do not have."""
    return KnownAccount(account, vault.unwrap(account.id, wrapped_key))
