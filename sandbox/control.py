"""What tests and demos steer the sandbox with, under /sandbox: faults, clock, outcomes and the summary."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import accounts, disputes, payouts, refunds, settlement
from sandbox.documents import PLATFORM, Doc
from sandbox.errors import StripeRefusal
from sandbox.faults import KINDS
from sandbox.params import decode
from sandbox.render import rendered
from sandbox.summary import summary
from sandbox.world import Call, World

_FAULT_FIELDS: dict[str, Callable[[Any], Any]] = {
    "method": str, "path": str, "type": str, "times": int, "skip": int, "seconds": float,
}  # fmt: skip


async def body_of(request: Request) -> Doc:
    """JSON, or a form as curl sends it."""
    raw = await request.body()
    if raw.lstrip().startswith(b"{"):
        parsed: Doc = json.loads(raw)
        return parsed
    return decode(raw)


def problem(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": {"type": "invalid_request_error", "message": message}}, status)


@dataclass(frozen=True)
class Control:
    world: World

    def routes(self) -> list[Route]:
        return [
            Route("/livez", self.livez),
            Route("/sandbox/faults", self.list_faults, methods=["GET"]),
            Route("/sandbox/faults", self.add_fault, methods=["POST"]),
            Route("/sandbox/faults", self.drop_faults, methods=["DELETE"]),
            Route("/sandbox/faults/{id:int}", self.drop_faults, methods=["DELETE"]),
            Route("/sandbox/clock", self.show_clock, methods=["GET"]),
            Route("/sandbox/clock", self.advance_clock, methods=["POST"]),
            Route("/sandbox/payouts/{id}/fail", self.fail_payout, methods=["POST"]),
            Route("/sandbox/refunds/{id}/{outcome}", self.end_refund, methods=["POST"]),
            Route("/sandbox/charges/{id}/dispute", self.dispute_charge, methods=["POST"]),
            Route("/sandbox/disputes/{id}/{outcome}", self.decide_dispute, methods=["POST"]),
            Route("/sandbox/settlement", self.set_rate, methods=["POST"]),
            Route("/sandbox/accounts/{id}", self.change_account, methods=["POST"]),
            Route("/sandbox/summary", self.show_summary, methods=["GET"]),
        ]

    async def livez(self, _request: Request) -> Response:
        self.world.store.run("SELECT 1")
        return JSONResponse({"status": "ok"})

    async def list_faults(self, _request: Request) -> Response:
        return JSONResponse({"data": self.world.faults.active()})

    async def add_fault(self, request: Request) -> Response:
        asked = await body_of(request)
        kind = asked.pop("kind", None)
        if kind not in KINDS:
            return problem(f"kind must be one of {', '.join(sorted(KINDS))}")
        if unknown := set(asked) - set(_FAULT_FIELDS):
            return problem(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(_FAULT_FIELDS)}")
        details = {name: _FAULT_FIELDS[name](value) for name, value in asked.items()}
        fault = self.world.faults.switch_on(kind, since=time.time(), **details)
        self.world.wake()
        return JSONResponse(fault, 201)

    async def drop_faults(self, request: Request) -> Response:
        self.world.faults.switch_off(request.path_params.get("id"))
        self.world.wake()
        return await self.list_faults(request)

    async def show_clock(self, _request: Request) -> Response:
        clock = self.world.clock
        return JSONResponse({"now": clock.now(), "offset_seconds": clock.offset_seconds})

    async def advance_clock(self, request: Request) -> Response:
        seconds = float((await body_of(request)).get("advance_seconds", 0))
        if seconds < 0:
            return problem("advance_seconds must not be negative: sandbox time only goes forward")
        self.world.clock.advance(seconds)
        self.world.wake()
        return await self.show_clock(request)

    async def fail_payout(self, request: Request) -> Response:
        asked = await body_of(request)
        code = str(asked.get("failure_code", "account_closed"))
        return self._change("payout", request, lambda call, payout: payouts.fail(call, payout, code))

    async def end_refund(self, request: Request) -> Response:
        ends = {"succeed": refunds.succeed, "fail": refunds.fail}
        end = ends.get(request.path_params["outcome"])
        if end is None:
            return problem("outcome must be succeed or fail", 404)
        return self._change("refund", request, lambda call, refund: end(call, refund["id"]))

    async def dispute_charge(self, request: Request) -> Response:
        """All of it, or the `amount` of the body."""
        amount = (await body_of(request)).get("amount")
        amount_minor = None if amount is None else int(amount)
        return self._change("charge", request, lambda call, charge: disputes.contest(call, charge, amount_minor))

    async def decide_dispute(self, request: Request) -> Response:
        outcome = request.path_params["outcome"]
        if outcome not in {"won", "lost", "taken_again"}:
            return problem("outcome must be won, lost or taken_again", 404)
        return self._change("dispute", request, lambda call, dispute: disputes.decide(call, dispute, outcome))

    async def set_rate(self, request: Request) -> Response:
        """Money in the currency `from` settles as `rate` times as much of `to`."""
        asked = await body_of(request)
        try:
            settlement.set_rate(self.world.store, asked["from"], asked["to"], str(asked["rate"]))
        except (KeyError, ArithmeticError, StripeRefusal) as wrong:
            return problem(f"from, to and rate, such as usd, eur and 0.92: {wrong}")
        return JSONResponse(asked)

    async def change_account(self, request: Request) -> Response:
        """`ready=false` takes the account's capabilities away, `ready=true` gives them back."""
        ready = str((await body_of(request)).get("ready", "true")).lower() == "true"
        return self._change("account", request, lambda call, account: accounts.set_ready(call, account, ready=ready))

    async def show_summary(self, _request: Request) -> Response:
        return JSONResponse(summary(self.world))

    def _change(self, kind: str, request: Request, change: Callable[[Call, Doc], Doc]) -> Response:
        store, object_id = self.world.store, request.path_params["id"]
        rows = store.run("SELECT account FROM objects WHERE id = ? AND type = ?", object_id, kind)
        if not rows:
            return problem(f"No such {kind}: '{object_id}'", 404)
        call = Call(self.world, rows[0][0] if kind != "account" else PLATFORM)
        try:
            with store.transaction():
                changed = change(call, call.found(kind, object_id))
        except StripeRefusal as refusal:
            return problem(str(refusal), refusal.status)
        self.world.wake()
        return JSONResponse(rendered(call, changed))
