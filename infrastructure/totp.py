"""One-time codes by the clock, RFC 6238: six digits of HMAC-SHA1 over the number of 30-second steps since 1970."""

import base64
import hmac
import secrets
from typing import Final
from urllib.parse import quote, urlencode

STEP_S: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
_STEPS_AROUND: Final = (0, -1, 1)  # A telephone's clock may be up to half a minute wrong.


def new_secret() -> str:
    """In base32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, now_s: float) -> int | None:
    """The step that this code belongs to, if it is one of those around now. Whether it was used is for the caller."""
    step = int(now_s) // STEP_S
    return next(
        (step + d for d in _STEPS_AROUND if hmac.compare_digest(code_at(secret, step + d).encode(), code.encode())),
        None,
    )


def uri(secret: str, account: str) -> str:
    """What a QR code for authenticator apps says (github.com/google/google-authenticator, Key Uri Format)."""
    query = urlencode({"secret": secret, "issuer": "Travellr", "digits": DIGITS, "period": STEP_S})
    return f"otpauth://totp/{quote(f'Travellr:{account}')}?{query}"


def new_recovery_codes() -> list[str]:
    """For the day on which the telephone is lost: 50 bits each, good once."""
    return [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(1)}" for _ in range(RECOVERY_CODES)]
