"""Idempotency keys as Stripe's API v1 keeps them: the first answer, whatever it was, for at least 24 hours.

Source: docs.stripe.com/api/idempotent_requests and docs.stripe.com/error-low-level.
"""

import hashlib
from dataclasses import dataclass

from sandbox.errors import StripeRefusal, malformed
from sandbox.store import Store

KEPT_SECONDS = 24 * 60 * 60
LONGEST_KEY = 255


@dataclass(frozen=True)
class SavedAnswer:
    status: int
    body: bytes
    request_id: str


def fingerprint(form: bytes) -> str:
    """The order of the parameters does not matter."""
    return hashlib.sha256(b"&".join(sorted(form.split(b"&")))).hexdigest()


class Keys:
    def __init__(self, store: Store) -> None:
        self._store = store
        # In memory on purpose: a request that was running when the process died has left nothing behind.
        self._running: set[tuple[str, str]] = set()

    def claim(self, account: str, key: str) -> None:
        """Marks the key as in progress.

        Raises StripeRefusal (409) while another request holds it.
        """
        if len(key) > LONGEST_KEY:
            raise malformed(f"Idempotency keys must be at most {LONGEST_KEY} characters long.")
        if (account, key) in self._running:
            message = (
                "There is currently another in-progress request using this Stripe Idempotency Key (that probably means "
                f"you submitted twice, and the other request is still going through): {key}. Please try again later."
            )
            raise StripeRefusal(
                409,
                "idempotency_error",
                message,
                started=False,
                code="idempotency_key_in_use",
            )
        self._running.add((account, key))

    def release(self, account: str, key: str) -> None:
        self._running.discard((account, key))

    def saved(self, account: str, key: str, path: str, print_: str, now: int) -> SavedAnswer | None:
        """The answer of the first request with this key, if it is still kept.

        Raises StripeRefusal (400) when the key was first used for something else.
        """
        self._store.run("DELETE FROM idempotency_keys WHERE created <= ?", now - KEPT_SECONDS)
        rows = self._store.run(
            "SELECT path, fingerprint, status, body, request_id FROM idempotency_keys WHERE account = ? AND key = ?",
            account,
            key,
        )
        if not rows:
            return None
        first_path, first_print, status, body, request_id = rows[0]
        hint = f"Try using a key other than '{key}' if you meant to execute a different request."
        if first_path != path:
            message = (
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{path}' vs '{first_path}'). {hint}"
            )
            raise StripeRefusal(400, "idempotency_error", message, started=False)
        if first_print != print_:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"{hint}"
            )
            raise StripeRefusal(400, "idempotency_error", message, started=False)
        return SavedAnswer(status, body, request_id)

    def save(self, account: str, key: str, path: str, print_: str, answer: SavedAnswer, now: int) -> None:
        self._store.run(
            "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            account, key, path, print_, answer.status, answer.body, answer.request_id, now,
        )  # fmt: skip
