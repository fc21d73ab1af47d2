"""When a secret is good enough to guard real money and real names."""

import base64
import binascii
from typing import Final

SECRET_NAMES: Final = ("secret_key", "pepper", "master_key")
MASTER_KEY_BYTES: Final = 32  # AES-256
LEAST_CHARACTERS: Final = 32
LEAST_DIFFERENT_CHARACTERS: Final = 10
PLACEHOLDERS: Final = (
    "changeme",
    "change-me",
    "change_me",
    "password",
    "example",
    "default",
    "replace",
    "your-",
    "0123456789",
)


def secret_problem(name: str, value: str | None) -> str | None:
    """What is wrong with a secret, as the rest of a sentence that starts with its name; None when nothing is."""
    if not value:
        return f"is missing; make one with: {recipe(name)}"
    if name == "master_key" and _decoded_length(value) != MASTER_KEY_BYTES:
        return f"must be {MASTER_KEY_BYTES} bytes in base64; make one with: {recipe(name)}"
    if len(value) < LEAST_CHARACTERS:
        return f"must have at least {LEAST_CHARACTERS} characters"
    if any(word in value.lower() for word in PLACEHOLDERS):
        return "is a placeholder that everybody can guess"
    if len(set(value)) < LEAST_DIFFERENT_CHARACTERS:
        return "is too simple to be a secret"
    return None


def recipe(name: str) -> str:
    return "openssl rand -base64 32" if name == "master_key" else "openssl rand -hex 32"


def _decoded_length(value: str) -> int:
    try:
        return len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return 0
