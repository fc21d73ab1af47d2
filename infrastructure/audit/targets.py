"""Where heads are taken to, out of the database's reach: a file, an object store, the auditor's mailbox."""

from pathlib import Path
from typing import Final

import httpx

from infrastructure.audit.heads import Head
from infrastructure.audit.heads_file import FILE_NAME
from infrastructure.letters import Letter
from infrastructure.settings import Settings

TIMEOUT_S: Final = 10.0


class StoreAway(Exception):  # noqa: N818 -- somebody else's outage
    """The object store cannot be reached, or asks for patience."""


class StoreRefused(Exception):  # noqa: N818 -- a person must look
    """The object store does not take the head."""


def heads_path(settings: Settings) -> Path:
    return settings.audit_heads or settings.home / FILE_NAME


def targets(settings: Settings) -> list[str]:
    """What gets a task for each head; the file needs none."""
    wanted = {"store": settings.audit_store_url, "mail": settings.audit_mail}
    return [name for name, setting in wanted.items() if setting]


def put(settings: Settings, head: Head) -> None:
    """Put a head into the store as PREFIX/000000000001.json: the same name and bytes however often it is put."""
    assert settings.audit_store_url is not None
    headers = {"Content-Type": "application/json"}
    if settings.audit_store_token is not None:
        headers["Authorization"] = f"Bearer {settings.audit_store_token.get_secret_value()}"
    url = f"{settings.audit_store_url.rstrip('/')}/{head.number:012}.json"
    try:
        answer = httpx.put(url, content=f"{head.line}\n", headers=headers, timeout=TIMEOUT_S)
    except httpx.TransportError as error:
        raise StoreAway(type(error).__name__) from None
    if answer.status_code >= 500 or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise StoreAway(f"HTTP {answer.status_code}")
    if not answer.is_success:
        raise StoreRefused(f"HTTP {answer.status_code}")


def letter(head: Head) -> Letter:
    return Letter(
        f"Head {head.number} of the log, {head.tree_size} events",
        "This is the signed head of the log at the daily close. Keep it: it shows whether anything before it was"
        f" changed later (docs/seal.md).\n\n{head.line}\n",
    )
