"""The keys that heads are signed with: Ed25519, of their own or derived from TRAVELLR_SECRET_KEY."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from infrastructure.settings import Settings

_PURPOSE: Final = b"travellr seal v1"
_KID_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class SealKeys:
    """`believed` are public keys by their kid: the current one, and those that were before it."""

    private: Ed25519PrivateKey
    believed: Mapping[str, bytes]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """TRAVELLR_SEAL_KEY if there is one. Keys that were used before stay believed while the settings name them."""
        assert settings.secret_key is not None
        given = settings.seal_key.get_secret_value() if settings.seal_key else None
        derived = _derived(settings.secret_key.get_secret_value())
        current = base64.b64decode(given) if given else derived
        before = [base64.b64decode(key) for key in _several(settings.seal_key_previous)]
        before += [derived, *(_derived(key) for key in _several(settings.secret_key_previous))]
        public = [public_of(Ed25519PrivateKey.from_private_bytes(seed)) for seed in (current, *before)]
        return cls(Ed25519PrivateKey.from_private_bytes(current), {kid_of(key): key for key in public})

    @property
    def public_key(self) -> bytes:
        return public_of(self.private)


def kid_of(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()[:_KID_CHARACTERS]


def public_of(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def is_signed(public_key: bytes, text: str, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _derived(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret.encode())


def _several(previous: SecretStr | None) -> list[str]:
    """A setting of several keys, separated by spaces."""
    return previous.get_secret_value().split() if previous else []
