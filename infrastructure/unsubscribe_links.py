"""Links that switch one kind of mail off without a sign-in (RFC 8058). They never run out: old mail is clicked, too."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.preferences import ALWAYS, GROUPS, Group
from infrastructure.keyring import Keyring
from infrastructure.settings import Settings
from infrastructure.signed import InvalidToken, believed, signed

_AUDIENCE: Final = "travellr-unsubscribe"
_KIND: Final = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Whose mail of which group is not wanted any more."""

    account_id: UUID
    group: Group


def unsubscribe_link(settings: Settings, account_id: UUID, group: Group) -> str | None:
    """None for mail that is sent in any case."""
    if (group, "email") in ALWAYS:
        return None
    facts = {"sub": str(account_id), "grp": group, "iat": datetime.now(UTC)}
    return f"{settings.public_address}/api/v1/unsubscribe/{signed(_keys(settings), _AUDIENCE, _KIND, facts)}"


def unwanted(settings: Settings, token: str) -> Unwanted:
    """Raises InvalidToken."""
    facts = believed(_keys(settings), token, _AUDIENCE, _KIND, ["sub", "grp", "iat"])
    group: Group | None = next((known for known in GROUPS if known == facts["grp"]), None)
    if group is None:
        raise InvalidToken
    return Unwanted(UUID(facts["sub"]), group)


def _keys(settings: Settings) -> Keyring:
    return Keyring.of(settings.secret_key, settings.secret_key_previous)
