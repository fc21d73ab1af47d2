"""Refusals in the form Stripe gives them."""

from typing import Any

from sandbox.documents import Doc


class StripeRefusal(Exception):  # noqa: N818  a refusal is an answer, not an error of ours
    """An answer that is not 200.

    `started` says whether the endpoint had begun its work: only then does Stripe save the answer under the
    idempotency key. `keeps_work` says whether what was written stands: a declined card leaves a failed charge behind.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        started: bool = True,
        keeps_work: bool = False,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.started = started
        self.keeps_work = keeps_work
        self.headers = headers or {}
        self.error: Doc = {"type": kind, "message": message}
        self.error.update({name: value for name, value in fields.items() if value is not None})
        if "code" in self.error:
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.error['code'].replace('_', '-')}"

    def body(self, request_id: str, now: int) -> Doc:
        log_url = f"https://dashboard.stripe.com/test/logs/{request_id}?t={now}"
        return {"error": {**self.error, "request_log_url": log_url}}


def invalid(message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> StripeRefusal:
    """A request that cannot be done in the present state; Stripe saves it under the idempotency key."""
    return StripeRefusal(status, "invalid_request_error", message, code=code, param=param)


def malformed(message: str, *, code: str | None = None, param: str | None = None) -> StripeRefusal:
    """A request whose parameters are wrong in themselves; nothing is saved, the same key may be used again."""
    return StripeRefusal(400, "invalid_request_error", message, started=False, code=code, param=param)


def missing(kind: str, object_id: str, *, param: str, in_path: bool = False) -> StripeRefusal:
    """Stripe answers 404 for an unknown object in the path and 400 for one named by a parameter."""
    message = f"No such {kind}: '{object_id}'"
    return invalid(message, code="resource_missing", param=param, status=404 if in_path else 400)
