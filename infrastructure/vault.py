"""Personal data under a key for each person, and passwords: what is sealed here can be forgotten by losing one key.

Sources: OWASP Password Storage Cheat Sheet (bcrypt over a keyed SHA-384, base64: 64 bytes, never truncated);
docs/adr/0006 for the person's key.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import bcrypt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infrastructure.keyring import Keyring

BCRYPT_ROUNDS: Final = 12
PASSWORD_MAX_CHARACTERS: Final = 1_000
_NONCE_BYTES: Final = 12
# A hash that no password has: a login for an unknown address costs what a known one costs.
_NOBODY: Final = b"$2b$12$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ciphertext stands: stream, number of the event in it, field. Moved elsewhere, it does not open."""

    stream: UUID
    version: int
    field: str

    def __str__(self) -> str:
        return f"{self.stream}/{self.version}/{self.field}"


class Vault:
    """Master keys (32 bytes each) wrap the persons' keys; peppers key every hash that stands in for personal data.

    The first of each is the one in use; those before it only open and recognise what was made with them.
    """

    def __init__(self, *, master_keys: Sequence[bytes], peppers: Keyring) -> None:
        self._masters = [AESGCM(key) for key in master_keys]
        self._peppers = peppers

    def new_key(self, account_id: UUID) -> tuple[bytes, str]:
        """A person's new key, and the same wrapped by the master key for keeping."""
        key = AESGCM.generate_key(256)
        return key, self.wrap(account_id, key)

    def wrap(self, account_id: UUID, key: bytes) -> str:
        return _seal(self._masters[0], key, f"{account_id}/key")

    def unwrap(self, account_id: UUID, wrapped_key: str) -> bytes:
        """Raises InvalidTag if no master key of ours wrapped it, or it was wrapped for somebody else."""
        for master in self._masters:
            try:
                return _open(master, wrapped_key, f"{account_id}/key")
            except InvalidTag:
                continue
        raise InvalidTag

    @staticmethod
    def seal(key: bytes, place: Place, text: str) -> str:
        return _seal(AESGCM(key), text.encode(), str(place))

    @staticmethod
    def open(key: bytes, place: Place, sealed: str) -> str:
        """Raises InvalidTag anywhere but in the place that it was sealed for."""
        return _open(AESGCM(key), sealed, str(place)).decode()

    def email_index(self, email: str) -> str:
        """The same for every spelling of one address, and telling nothing without the pepper."""
        return _keyed(self._peppers.signing, "email", _spelt(email))

    def email_indexes(self, email: str) -> list[str]:
        """Under every pepper that is believed, the current one first: an address may be kept under an older one."""
        return [_keyed(pepper, "email", _spelt(email)) for pepper in self._peppers.believed]

    def pseudonym(self, purpose: str, text: str) -> str:
        """A keyed hash, for what must be recognised and need not be read: network addresses, recovery codes."""
        return _keyed(self._peppers.signing, purpose, text)

    def fingerprint(self, *parts: str) -> str:
        """A keyed hash of a request, by which two requests with one idempotency key are told apart."""
        return _keyed(self._peppers.signing, "request", "".join(f"{len(part)}:{part}" for part in parts))

    def hash_password(self, password: str) -> str:
        """Takes about a quarter of a second on purpose: call it in a thread. The result names its pepper."""
        hashed = bcrypt.hashpw(_digest(self._peppers.signing, password), bcrypt.gensalt(BCRYPT_ROUNDS))
        return self._peppers.kid + hashed.decode()

    def password_matches(self, password: str, hashed: str | None) -> bool:
        """Costs the same whether there is such an account (`hashed`) or not (None)."""
        kid, _, rest = (hashed or "").partition("$")
        pepper = self._peppers.get(kid)
        known = f"${rest}".encode() if pepper else _NOBODY
        matches = bcrypt.checkpw(_digest(pepper or self._peppers.signing, password), known)
        return matches and pepper is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether a password should be hashed anew: under an older pepper, or more cheaply than today."""
        return not hashed.startswith(f"{self._peppers.kid}$2b${BCRYPT_ROUNDS:02}$")


def _spelt(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().casefold()


def _digest(pepper: bytes, password: str) -> bytes:
    text = unicodedata.normalize("NFKC", password).encode()
    return base64.b64encode(hmac.digest(pepper, b"password\x1f" + text, hashlib.sha384))


def _keyed(pepper: bytes, purpose: str, text: str) -> str:
    return hmac.new(pepper, f"{purpose}\x1f{text}".encode(), hashlib.sha256).hexdigest()


def _seal(cipher: AESGCM, data: bytes, context: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + cipher.encrypt(nonce, data, context.encode())).decode()


def _open(cipher: AESGCM, sealed: str, context: str) -> bytes:
    raw = base64.b64decode(sealed)
    return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode())
