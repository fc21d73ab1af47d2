"""When a secret is good enough to guard real money and real names."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from infrastructure.setting_names import variable

if TYPE_CHECKING:
    from pydantic import SecretStr

    from infrastructure.settings import Settings

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


def secret_problems(settings: Settings) -> tuple[str, ...]:
    """One sentence for each secret that is missing or weak."""
    plain = {name: _plain(getattr(settings, name)) for name in SECRET_NAMES}
    problems = [_said(variable(name), name, value) for name, value in plain.items()]
    for name in SECRET_NAMES:
        before = (_plain(getattr(settings, f"{name}_previous")) or "").split()
        problems += [_said(f"{variable(name)}_PREVIOUS", name, value) for value in before]
    seals = f"{_plain(settings.seal_key) or ''} {_plain(settings.seal_key_previous) or ''}".split()
    problems += [_said("TRAVELLR_SEAL_KEY", "master_key", value) for value in seals]
    given = [value for value in plain.values() if value]
    if len(set(given)) < len(given):
        problems.append("TRAVELLR_SECRET_KEY, TRAVELLR_PEPPER and TRAVELLR_MASTER_KEY must differ from each other.")
    return tuple(problem for problem in problems if problem)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _said(called: str, name: str, value: str | None) -> str:
    """One sentence, or none."""
    problem = secret_problem(name, value)
    return f"{called} {problem}." if problem else ""


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
