"""Tokens that are sent by mail: proof that whoever brings them reads that mailbox. Each is for one purpose and a while.

A token to set a password names the event that set the one before, so it is good once: as soon as the password is
another one, every such token is dead, whoever has it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from infrastructure.keyring import Keyring
from infrastructure.signed import InvalidToken, believed, signed

Purpose = Literal["verify_email", "reset_password"]

GOOD_FOR: Final[dict[Purpose, timedelta]] = {"verify_email": timedelta(days=7), "reset_password": timedelta(hours=1)}
_AUDIENCE: Final = "travellr-mail"


class BadMailToken(Exception):  # noqa: N818 -- not an error: anybody may send anything
    """Not a token of ours, for something else, or too old."""


@dataclass(frozen=True, slots=True)
class MailToken:
    account_id: UUID
    password_version: int


class MailTokens:
    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def make(self, purpose: Purpose, account_id: UUID, password_version: int) -> str:
        now = datetime.now(UTC)
        facts = {
            "sub": str(account_id),
            "pwv": password_version,
            "iat": now,
            "exp": now + GOOD_FOR[purpose],
            "jti": str(uuid4()),
        }
        return signed(self._keys, _AUDIENCE, purpose, facts)

    def read(self, token: str, purpose: Purpose) -> MailToken:
        """Raises BadMailToken. Whether it was used before is for the account to say."""
        try:
            facts = believed(self._keys, token, _AUDIENCE, purpose, ["sub", "pwv", "iat", "exp", "jti"])
            return MailToken(UUID(facts["sub"]), int(facts["pwv"]))
        except (InvalidToken, ValueError, TypeError):
            raise BadMailToken from None
