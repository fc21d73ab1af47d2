"""The keys that we sign with: one that signs now, and those before it, which are believed until they are taken away.

A key is rotated by putting a new one into TRAVELLR_SECRET_KEY and the old one into TRAVELLR_SECRET_KEY_PREVIOUS for as
long as anything that it signed may still be out there (30 days for refresh tokens).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic import SecretStr

_KID_CHARACTERS: Final = 12


class Keyring:
    """Keys by `kid`. A kid is a hash that tells nothing about its key."""

    def __init__(self, current: bytes, previous: tuple[bytes, ...] = ()) -> None:
        self._keys = {kid_of(key): key for key in (current, *previous)}
        self.kid = kid_of(current)

    @classmethod
    def of(cls, current: SecretStr | None, previous: SecretStr | None) -> Keyring:
        """From two settings; `previous` may be several, separated by spaces."""
        assert current is not None
        before = previous.get_secret_value().split() if previous else []
        return cls(current.get_secret_value().encode(), tuple(key.encode() for key in before))

    @property
    def signing(self) -> bytes:
        return self._keys[self.kid]

    @property
    def believed(self) -> tuple[bytes, ...]:
        """Every key, the current one first."""
        return tuple(self._keys.values())

    def get(self, kid: object) -> bytes | None:
        return self._keys.get(kid) if isinstance(kid, str) else None


def kid_of(key: bytes) -> str:
    return hmac.new(key, b"kid", hashlib.sha256).hexdigest()[:_KID_CHARACTERS]
