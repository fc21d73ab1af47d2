"""API keys: any secret test key opens the one platform account; live keys and everything else stay outside."""

import base64
import binascii

from sandbox.errors import StripeRefusal


def checked_key(authorization: str) -> str:
    """The secret key of an Authorization header, `Bearer` or `Basic`; raises StripeRefusal (401)."""
    scheme, _, credentials = authorization.partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        key = _basic_user(key)
    elif scheme.lower() != "bearer":
        key = ""
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise _refused(message)
    if key.startswith(("sk_live_", "rk_live_", "pk_live_")):
        raise _refused(f"The sandbox takes no live keys: {_masked(key)}. Live and test mode never mix.")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise _refused(f"Invalid API Key provided: {_masked(key)}")
    return key


def _basic_user(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:] if len(key) > 12 else ''}"


def _refused(message: str) -> StripeRefusal:
    return StripeRefusal(
        401, "invalid_request_error", message, started=False, headers={"WWW-Authenticate": 'Bearer realm="Stripe"'}
    )
