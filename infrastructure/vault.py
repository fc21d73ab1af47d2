"""Personal data under a key for each person, and passwords: what is sealed here can be forgotten by losing one key.

Sources: OWASP Password Storage Cheat Sheet (bcrypt over a keyed SHA-384, base64: 64 bytes, never truncated);
docs/adr/0006 for the person's key.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from typing import Final
from uuid import UUID

import bcrypt
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BCRYPT_ROUNDS: Final = 12
PASSWORD_MAX_CHARACTERS: Final = 1_000
_NONCE_BYTES: Final = 12
# A hash that no password has: a login for an unknown address costs what a known one costs.
_NOBODY: Final = b"$2b$12$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK"


class Vault:
    """`master_key` (32 bytes) wraps the persons' keys; `pepper` keys every hash that stands in for personal data."""

    def __init__(self, *, master_key: bytes, pepper: bytes) -> None:
        self._master = AESGCM(master_key)
        self._pepper = pepper

    def new_key(self, account_id: UUID) -> tuple[bytes, str]:
        """A person's new key, and the same wrapped by the master key for keeping."""
        key = AESGCM.generate_key(256)
        return key, _seal(self._master, key, f"{account_id}/key")

    def unwrap(self, account_id: UUID, wrapped_key: str) -> bytes:
        return _open(self._master, wrapped_key, f"{account_id}/key")

    @staticmethod
    def seal(key: bytes, account_id: UUID, field: str, text: str) -> str:
        """Ciphertext of one field; it opens only for the same account and field."""
        return _seal(AESGCM(key), text.encode(), f"{account_id}/1/{field}")

    @staticmethod
    def open(key: bytes, account_id: UUID, field: str, sealed: str) -> str:
        return _open(AESGCM(key), sealed, f"{account_id}/1/{field}").decode()

    def email_index(self, email: str) -> str:
        """The same for every spelling of one address, and telling nothing without the pepper."""
        return self._keyed("email", unicodedata.normalize("NFKC", email).strip().casefold())

    def fingerprint(self, *parts: str) -> str:
        """A keyed hash of a request, by which two requests with one idempotency key are told apart."""
        return self._keyed("request", "".join(f"{len(part)}:{part}" for part in parts))

    def hash_password(self, password: str) -> str:
        """Takes about a quarter of a second on purpose: call it in a thread."""
        return bcrypt.hashpw(self._digest(password), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()

    def password_matches(self, password: str, hashed: str | None) -> bool:
        """Costs the same whether there is such an account (`hashed`) or not (None)."""
        matches = bcrypt.checkpw(self._digest(password), hashed.encode() if hashed else _NOBODY)
        return matches and hashed is not None

    def _digest(self, password: str) -> bytes:
        text = unicodedata.normalize("NFKC", password).encode()
        return base64.b64encode(hmac.digest(self._pepper, b"password\x1f" + text, hashlib.sha384))

    def _keyed(self, purpose: str, text: str) -> str:
        return hmac.new(self._pepper, f"{purpose}\x1f{text}".encode(), hashlib.sha256).hexdigest()


def _seal(cipher: AESGCM, data: bytes, context: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + cipher.encrypt(nonce, data, context.encode())).decode()


def _open(cipher: AESGCM, sealed: str, context: str) -> bytes:
    raw = base64.b64decode(sealed)
    return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode())
