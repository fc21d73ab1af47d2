"""The pages a customer or a vendor would see at Stripe: 3-D Secure, and the onboarding of an account."""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import accounts, confirmation
from sandbox.control import body_of, problem
from sandbox.documents import PLATFORM, Doc
from sandbox.errors import StripeRefusal
from sandbox.money import shown
from sandbox.render import rendered
from sandbox.world import Call, World

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem;border:1px solid #444;border-radius:.4rem}}</style></head>
<body><main><h1>{title}</h1><p>{text}</p><form method="post"><input type="hidden" name="from_page" value="1">
{buttons}</form></main></body></html>"""


def _page(title: str, text: str, buttons: dict[str, str]) -> Response:
    made = "".join(
        f'<button name="outcome" value="{escape(value)}">{escape(label)}</button>' for value, label in buttons.items()
    )
    return HTMLResponse(_PAGE.format(title=escape(title), text=escape(text), buttons=made))


@dataclass(frozen=True)
class Pages:
    world: World

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/3ds/{id}", self.show_3ds, methods=["GET"]),
            Route("/sandbox/3ds/{id}", self.finish_3ds, methods=["POST"]),
            Route("/sandbox/onboarding/{id}", self.show_onboarding, methods=["GET"]),
            Route("/sandbox/onboarding/{id}", self.finish_onboarding, methods=["POST"]),
        ]

    def _owner(self, kind: str, object_id: str) -> Call | None:
        rows = self.world.store.run("SELECT account FROM objects WHERE id = ? AND type = ?", object_id, kind)
        return Call(self.world, rows[0][0]) if rows else None

    async def show_3ds(self, request: Request) -> Response:
        call = self._owner("payment_intent", request.path_params["id"])
        if call is None:
            return problem("No such payment_intent", 404)
        intent = call.found("payment_intent", request.path_params["id"])
        if intent["status"] != "requires_action":
            return _page("3-D Secure", f"Nothing to do: the payment is {intent['status']}.", {})
        text = f"Your bank asks you to confirm a payment of {shown(intent['amount'], intent['currency'])}."
        return _page("3-D Secure test page", text, {"succeeded": "Authenticate", "failed": "Fail"})

    async def finish_3ds(self, request: Request) -> Response:
        asked = await body_of(request)
        outcome = asked.get("outcome")
        call = self._owner("payment_intent", request.path_params["id"])
        if call is None:
            return problem("No such payment_intent", 404)
        if outcome not in {"succeeded", "failed"}:
            return problem("outcome must be succeeded or failed")
        before = call.found("payment_intent", request.path_params["id"])
        try:
            with self.world.store.transaction():
                intent = confirmation.authenticate(call, before["id"], succeeded=outcome == "succeeded")
        except StripeRefusal as refusal:
            return problem(str(refusal), refusal.status)
        self.world.wake()
        if "from_page" not in asked:
            return JSONResponse(rendered(call, intent))
        return _back(before, intent)

    async def show_onboarding(self, request: Request) -> Response:
        account = self.world.store.get("account", request.path_params["id"], PLATFORM)
        if account is None:
            return problem("No such account", 404)
        return _page(
            "Onboarding", f"Complete the details of {account['id']}.", {"complete": "Complete", "leave": "Leave"}
        )

    async def finish_onboarding(self, request: Request) -> Response:
        asked = await body_of(request)
        account = self.world.store.get("account", request.path_params["id"], PLATFORM)
        if account is None:
            return problem("No such account", 404)
        call = Call(self.world)
        if asked.get("outcome", "complete") == "complete":
            with self.world.store.transaction():
                account = accounts.set_ready(call, account, ready=True)
            self.world.wake()
        if "from_page" in asked and "_return_url" in account:
            return RedirectResponse(account["_return_url"], 303)
        return JSONResponse(rendered(call, account))


def _back(before: Doc, intent: Doc) -> Response:
    """To the shop, with the query Stripe adds to the return_url."""
    target = (before["next_action"].get("redirect_to_url") or {}).get("return_url")
    if target is None:
        return _page("3-D Secure", f"The payment is {intent['status']}. You can close this page.", {})
    paid = intent["status"] in {"succeeded", "requires_capture"}
    query = urlencode({
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if paid else "failed",
    })  # fmt: skip
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{query}", 303)
