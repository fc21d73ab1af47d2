"""Signed tokens: who is signed in, and what a cancellation was promised to do.

Access tokens run on the real clock, previews on that of the business (http.md, Sandbox), so the latter carry no `exp`:
the domain looks at `honoured_until`.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from domain.actor import Role
from domain.booking import Preview
from infrastructure.keyring import Keyring
from infrastructure.settings import Settings
from infrastructure.signed import InvalidToken, believed, signed

ACCESS_FOR: Final = timedelta(minutes=10)
_ACCESS: Final = "travellr-api"
_PREVIEW: Final = "travellr-preview"
# Signatures are checked once in the life of a token, if no more than so many are in use at once.
KNOWN_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Claims:
    account_id: UUID
    role: Role
    session_id: UUID


@dataclass(frozen=True, slots=True)
class _Known:
    """A token whose signature was found good; nobody can make another with these very characters."""

    claims: Claims
    expires_s: int


class Tokens:
    def __init__(self, settings: Settings) -> None:
        self._known: dict[str, _Known] = {}
        self._keys = Keyring.of(settings.secret_key, settings.secret_key_previous)

    def access(self, claims: Claims) -> str:
        """Good for ACCESS_FOR, or until its session ends."""
        now = datetime.now(UTC)
        return signed(
            self._keys,
            _ACCESS,
            "access",
            {
                "sub": str(claims.account_id),
                "sid": str(claims.session_id),
                "role": claims.role,
                "iat": now,
                "exp": now + ACCESS_FOR,
                "jti": str(uuid4()),
            },
        )

    def read_access(self, token: str) -> Claims:
        """Raises InvalidToken. Whether its session has ended is another question."""
        known = self._known.get(token)
        if known is not None and time.time() < known.expires_s:
            return known.claims
        claims, expires_s = self._access_of(token)
        if len(self._known) >= KNOWN_MAX:
            del self._known[next(iter(self._known))]
        self._known[token] = _Known(claims, expires_s)
        return claims

    def _access_of(self, token: str) -> tuple[Claims, int]:
        """Its claims, and when it ends. Raises InvalidToken."""
        facts = believed(self._keys, token, _ACCESS, "access", ["exp", "iat", "sub", "jti", "sid", "role"])
        try:
            claims = msgspec.convert(
                {"account_id": facts["sub"], "session_id": facts["sid"], "role": facts["role"]}, Claims
            )
            return claims, msgspec.convert(facts["exp"], int)
        except msgspec.ValidationError:
            raise InvalidToken from None

    def preview(self, booking_id: UUID, preview: Preview) -> str:
        return signed(
            self._keys, _PREVIEW, "preview", {"sub": str(booking_id), "preview": msgspec.to_builtins(preview)}
        )

    def read_preview(self, token: str, booking_id: UUID) -> Preview:
        """Raises InvalidToken, for another booking's preview too."""
        facts = believed(self._keys, token, _PREVIEW, "preview", ["sub", "preview"])
        if facts["sub"] != str(booking_id):
            raise InvalidToken
        try:
            return msgspec.convert(facts["preview"], Preview)
        except msgspec.ValidationError:
            raise InvalidToken from None
