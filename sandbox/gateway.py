"""The way of every /v1 request: key, faults, account, idempotency, parameters, one transaction, the answer."""

import asyncio
import json
import logging
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from sandbox.connection import BrokenConnection, TruncatedResponse
from sandbox.documents import API_VERSION, PLATFORM, Doc, random_text
from sandbox.errors import StripeRefusal
from sandbox.expand import expanded
from sandbox.faults import Faults
from sandbox.idempotency import Keys, SavedAnswer, fingerprint
from sandbox.keys import checked_key
from sandbox.operations import Operation
from sandbox.params import check, decode
from sandbox.render import rendered
from sandbox.world import Call, World

log = logging.getLogger("sandbox")


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    headers: dict[str, str]
    # Whether the endpoint had begun its work: only such answers are saved under the idempotency key.
    started: bool = True


class Gateway:
    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._keys = Keys(world.store)

    async def handle(self, operation: Operation, request: Request) -> Response:
        form = await request.body() if request.method == "POST" else request.url.query.encode()
        call = Call(self._world, ids=dict(request.path_params), request_id=f"req_{random_text(14)}")
        path = request.url.path
        try:
            checked_key(request.headers.get("authorization", ""))
            if self._faults.take("drop_connection_before", method=request.method, path=path):
                return BrokenConnection()
            self._limit(request)
            call = replace(call, account=self._account(request), idempotency_key=_key(request))
            answer = await self._answer(operation, call, path, form)
        except StripeRefusal as refusal:
            answer = _refused(call, refusal)
        except Exception:
            # A defect of the sandbox: its transaction is rolled back, and nothing is saved under the key.
            log.exception("%s %s failed", request.method, path)
            answer = _refused(call, _internal_error())
        return await self._sent(request, call, answer)

    def _limit(self, request: Request) -> None:
        if self._faults.take("rate_limit", method=request.method, path=request.url.path):
            raise _rate_limited()

    def _account(self, request: Request) -> str:
        account = request.headers.get("stripe-account", PLATFORM)
        if account != PLATFORM and self._world.store.get("account", account, PLATFORM) is None:
            message = (
                f"The provided key does not have access to account '{account}' (or that account does not exist). "
                "Application access may have been revoked."
            )
            raise StripeRefusal(403, "invalid_request_error", message, started=False, code="account_invalid")
        return account

    async def _answer(self, operation: Operation, call: Call, path: str, form: bytes) -> _Answer:
        key = call.idempotency_key
        if key is None:
            return await self._executed(operation, call, path, form)
        self._keys.claim(call.account, key)
        try:
            saved = self._keys.saved(call.account, key, path, fingerprint(form), call.now())
            if saved is None:
                return await self._executed(operation, call, path, form)
        finally:
            self._keys.release(call.account, key)
        headers = {"Idempotent-Replayed": "true", "Original-Request": saved.request_id}
        return _Answer(saved.status, saved.body, headers)

    async def _executed(self, operation: Operation, call: Call, path: str, form: bytes) -> _Answer:
        call = replace(call, params=check(decode(form), operation.accepts, operation.needs))
        if delay := self._faults.take("delay", method=operation.method, path=path):
            await asyncio.sleep(delay["seconds"])
        with self._world.store.transaction():
            answer = self._work(operation, call, path)
            if call.idempotency_key is not None and answer.started:
                saved = SavedAnswer(answer.status, answer.body, call.request_id or "")
                print_ = fingerprint(form)
                self._keys.save(call.account, call.idempotency_key, path, print_, saved, call.now())
        self._world.wake()
        return answer

    def _work(self, operation: Operation, call: Call, path: str) -> _Answer:
        if self._faults.take("error_500", method=operation.method, path=path):
            return _refused(call, _internal_error())
        try:
            with self._world.store.savepoint():
                answer = _attempted(operation, call)
        except StripeRefusal as refusal:
            answer = _refused(call, refusal)
        if self._faults.take("error_500_after_commit", method=operation.method, path=path):
            answer = _refused(call, _internal_error())
        return answer

    async def _sent(self, request: Request, call: Call, answer: _Answer) -> Response:
        # All taken before the pause: a fault that is switched on meanwhile is meant for a later request.
        delay, lost, truncated = (
            self._faults.take(kind, method=request.method, path=request.url.path)
            for kind in ("delay_answer", "lose_answer", "truncate_answer")
        )
        if delay:
            await asyncio.sleep(delay["seconds"])
        if lost:
            return BrokenConnection()
        headers = {
            "Content-Type": "application/json",
            "Request-Id": call.request_id or "",
            "Stripe-Version": request.headers.get("stripe-version", API_VERSION),
            **answer.headers,
        }
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        if call.account != PLATFORM:
            headers["Stripe-Account"] = call.account
        shape = TruncatedResponse if truncated else Response
        return shape(answer.body, status_code=answer.status, headers=headers)


def _key(request: Request) -> str | None:
    """Stripe ignores the header on GET and DELETE: these are idempotent by themselves."""
    return request.headers.get("idempotency-key") or None if request.method == "POST" else None


def _attempted(operation: Operation, call: Call) -> _Answer:
    try:
        result = expanded(call, operation.run(call), call.params.get("expand", []))
    except StripeRefusal as refusal:
        if not refusal.keeps_work:
            raise
        return _refused(call, refusal)
    return _Answer(200, _encoded(call, result), {})


def _refused(call: Call, refusal: StripeRefusal) -> _Answer:
    body = refusal.body(call.request_id or "", call.now())
    return _Answer(refusal.status, _encoded(call, body), refusal.headers, refusal.started)


def _encoded(call: Call, body: Doc) -> bytes:
    return json.dumps(rendered(call, body), indent=2).encode()


def _rate_limited() -> StripeRefusal:
    message = "Request rate limit exceeded. Learn more about rate limits here: https://stripe.com/docs/rate-limits."
    return StripeRefusal(429, "invalid_request_error", message, started=False, code="rate_limit")


def _internal_error() -> StripeRefusal:
    message = "Sorry! There was an error on our side; the sandbox writes its own ones to its log."
    return StripeRefusal(500, "api_error", message)
