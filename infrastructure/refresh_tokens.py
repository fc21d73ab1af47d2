"""Refresh tokens: "<session id>.<generation>.<proof>". Nothing that would let somebody make one is kept as a whole.

The proof is a MAC under the signing key over the session's own random seed, so whoever reads the database lacks the key
and whoever has the key lacks the seed. Being computed and not drawn, the same generation is the same token: a client
that lost an answer, or sends twenty requests at once, is given the same next token each time.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from infrastructure.keyring import Keyring

SEED_BYTES: Final = 32
_GENERATION_DIGITS_MAX: Final = 9


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token taken apart; whether its proof holds is not known yet."""

    session_id: UUID
    generation: int
    proof: str


def new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


def taken_apart(token: str) -> Presented | None:
    """None if it cannot be a refresh token of ours."""
    parts = token.split(".")
    if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) <= _GENERATION_DIGITS_MAX):
        return None
    try:
        return Presented(UUID(parts[0]), int(parts[1]), parts[2])
    except ValueError:
        return None


def refresh_token(keys: Keyring, session_id: UUID, generation: int, seed: bytes) -> str:
    return f"{session_id}.{generation}.{_proof(keys.signing, session_id, generation, seed)}"


def is_proven(keys: Keyring, presented: Presented, seed: bytes) -> bool:
    return any(
        hmac.compare_digest(
            presented.proof.encode(), _proof(key, presented.session_id, presented.generation, seed).encode()
        )
        for key in keys.believed
    )


def _proof(key: bytes, session_id: UUID, generation: int, seed: bytes) -> str:
    said = b"refresh\x1f" + session_id.bytes + generation.to_bytes(8, "big") + seed
    return base64.urlsafe_b64encode(hmac.digest(key, said, hashlib.sha256)).decode().rstrip("=")
