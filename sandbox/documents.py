"""What the sandbox keeps: JSON documents with the field names Stripe gives them."""

import secrets
import string
from typing import Any

Doc = dict[str, Any]

PLATFORM = "acct_platform1Travellr"
API_VERSION = "2026-05-27.dahlia"

_LETTERS = string.ascii_letters + string.digits


def random_text(length: int = 24) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def new_id(prefix: str) -> str:
    return f"{prefix}_{random_text()}"


def public(doc: Doc) -> Doc:
    """The document without what only the sandbox knows: fields that start with an underscore."""
    return {name: value for name, value in doc.items() if not name.startswith("_")}
