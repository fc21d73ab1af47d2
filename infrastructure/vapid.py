"""The public half of our VAPID key (RFC 8292): what browsers ask for before they subscribe to push messages."""

import base64

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid


def vapid_public_key(private_key: str) -> str:
    """As applicationServerKey wants it. Raises ValueError for what is no key of the curve P-256."""
    try:
        public = Vapid.from_string(private_key).public_key
        point: bytes = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except Exception:  # noqa: BLE001 -- the library raises whatever its parts raise
        raise ValueError("must be a private key of the curve P-256 in base64url") from None
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
