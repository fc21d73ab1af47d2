"""The link in a message that switches such messages off: a page to look at, and one click (RFC 8058), no sign-in."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from api.edge import Edge, TheEdge
from api.fields import Text
from api.known import carry_out, known_account
from api.problems import errors
from api.refusals import LinkNotGood
from commands.set_preferences import Unsubscribe
from domain.actor import Actor
from domain.refusal import NotFound
from infrastructure.messages.speech import Language, speech_of
from infrastructure.messages.unsubscribe_page import unsubscribe_page
from infrastructure.signed import InvalidToken
from infrastructure.unsubscribe_links import Unwanted, unwanted

router = APIRouter(prefix="/unsubscribe", tags=["notifications"])

Token = Annotated[Text, Path(max_length=2_000)]
# The page has one form, which posts to itself; everything else stays forbidden.
_FORM_ONLY: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}


@router.get(
    "/{token}", response_class=HTMLResponse, responses=errors(422), summary="Ask before messages are switched off"
)
async def show_unsubscribe(edge: TheEdge, token: Token) -> HTMLResponse:
    """Nothing is changed: mail programs open links to look behind them."""
    known = _read(edge, token)
    return HTMLResponse(unsubscribe_page(await _language(edge, known), known.group, done=False), 200, _FORM_ONLY)


@router.post(
    "/{token}", response_class=HTMLResponse, responses=errors(422), summary="Switch such messages off, in one click"
)
async def unsubscribe(request: Request, edge: TheEdge, token: Token) -> HTMLResponse:
    """As often as it is clicked. Who was erased gets no more messages anyway."""
    known = _read(edge, token)
    language = await _language(edge, known)
    try:
        by = Actor(known.account_id, (await known_account(edge, known.account_id)).account.role)
        await carry_out(edge, request, Unsubscribe(known.account_id, known.group, "email"), by)
    except NotFound:
        pass
    return HTMLResponse(unsubscribe_page(language, known.group, done=True), 200, _FORM_ONLY)


def _read(edge: Edge, token: str) -> Unwanted:
    try:
        return unwanted(edge.house.settings, token)
    except InvalidToken:
        raise LinkNotGood from None


async def _language(edge: Edge, known: Unwanted) -> Language:
    try:
        account = await known_account(edge, known.account_id)
    except NotFound:
        return "en"
    return speech_of(account.read("locale")).language
