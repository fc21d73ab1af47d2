"""Signed tokens: who is signed in, and what a cancellation was promised to do.

Access tokens run on the real clock, previews on that of the business (http.md, Sandbox), so the latter carry no `exp`:
the domain looks at `honoured_until`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import jwt
import msgspec

from domain.actor import Role
from domain.booking import Preview
from infrastructure.settings import Settings

ACCESS_FOR: Final = timedelta(minutes=10)
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "travellr"
_ACCESS: Final = "travellr-api"
_PREVIEW: Final = "travellr-preview"


class InvalidToken(Exception):  # noqa: N818 -- not an error: anybody may send anything
    """Not a token of ours, or not one any more."""


@dataclass(frozen=True, slots=True)
class Claims:
    account_id: UUID
    role: Role
    session_id: UUID


class Tokens:
    def __init__(self, settings: Settings) -> None:
        assert settings.secret_key is not None
        self._key = settings.secret_key.get_secret_value()

    def access(self, claims: Claims) -> str:
        """Good for ACCESS_FOR, or until its session ends."""
        now = datetime.now(UTC)
        return self._sign(
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
        facts = self._read(token, _ACCESS, "access", ["exp", "iat", "sub", "jti", "sid", "role"])
        try:
            return msgspec.convert(
                {"account_id": facts["sub"], "session_id": facts["sid"], "role": facts["role"]}, Claims
            )
        except msgspec.ValidationError:
            raise InvalidToken from None

    def preview(self, booking_id: UUID, preview: Preview) -> str:
        return self._sign(_PREVIEW, "preview", {"sub": str(booking_id), "preview": msgspec.to_builtins(preview)})

    def read_preview(self, token: str, booking_id: UUID) -> Preview:
        """Raises InvalidToken, for another booking's preview too."""
        facts = self._read(token, _PREVIEW, "preview", ["sub", "preview"])
        if facts["sub"] != str(booking_id):
            raise InvalidToken
        try:
            return msgspec.convert(facts["preview"], Preview)
        except msgspec.ValidationError:
            raise InvalidToken from None

    def _sign(self, audience: str, kind: str, facts: dict[str, Any]) -> str:
        return jwt.encode({"iss": _ISSUER, "aud": audience, "typ": kind, **facts}, self._key, _ALGORITHM)

    def _read(self, token: str, audience: str, kind: str, required: list[str]) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=audience,
                issuer=_ISSUER,
                options={"require": ["iss", "aud", "typ", *required]},
            )
        except (jwt.InvalidTokenError, ValueError):
            raise InvalidToken from None
        if facts["typ"] != kind:
            raise InvalidToken
        return facts
