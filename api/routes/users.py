"""My own account."""

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import IfVersion
from api.caller import SignedIn
from api.edge import TheEdge
from api.erasing import erase
from api.exporting import Opened, opened_for
from api.fields import Body, Locale, Phone, ShortText
from api.known import carry_out, change_known, known_account
from api.problems import errors
from api.views.account import AccountView, known_view
from commands.change_account import ChangeProfile
from commands.vendor_settings import BANK_DETAILS
from infrastructure.known_account import KnownAccount
from infrastructure.local_mailbox import opened
from queries.kept_about import kept_about
from queries.mailbox import MailRow, mailbox

router = APIRouter(prefix="/users", tags=["accounts"])

LETTERS_MAX: Final = 10_000
NOT_HERE: Final = [
    "Your password, the secret of your authenticator app and your recovery codes: kept as hashes or sealed.",
    "Your card: it is with Stripe, and never came here.",
    "How often you tried something lately: counted under a hash of your address, and gone within a day.",
    "The secrets of your webhook endpoints: made when they are needed, and shown once.",
]


class Profile(Body):
    """What is left out stays as it is; a phone or a locale that is null is forgotten."""

    full_name: ShortText | None = None
    phone: Phone | None = None
    locale: Locale | None = None


@router.get("/me", response_model=AccountView, responses=errors(401), summary="My account")
async def get_me(edge: TheEdge, caller: SignedIn) -> Response:
    return _answer(await known_account(edge, caller.account_id))


@router.patch(
    "/me", response_model=AccountView, responses=errors(401, 404, 412), summary="Change my name, phone or locale"
)
async def change_me(request: Request, edge: TheEdge, caller: SignedIn, body: Profile, version: IfVersion) -> Response:
    said = {name: getattr(body, name) for name in body.model_fields_set}

    async def change(known: KnownAccount) -> None:
        new = {name: text for name, text in said.items() if text is not None and text != known.read(name)}
        gone = tuple(name for name, text in said.items() if text is None and name != "full_name")
        command = ChangeProfile(known.id, known.account.version, known.seal_all(new), gone)
        await carry_out(edge, request, command, caller.actor)

    await change_known(edge, caller.account_id, change, if_version=version)
    return _answer(await known_account(edge, caller.account_id))


@router.delete(
    "/me",
    status_code=204,
    responses=errors(401, 409, 503),
    summary="Erase me: my key is destroyed, and with it all that is personal",
)
async def erase_me(request: Request, edge: TheEdge, caller: SignedIn) -> None:
    """409 `still_open` while money or trips are open; `errors` says which."""
    await erase(edge, request, caller.account_id, caller.actor)


class LetterView(BaseModel):
    sent_at: datetime
    kind: str
    channel: str
    subject: str
    text: str


class Export(BaseModel):
    """Everything that is kept about the person who asks. `kept` has a list for each kind of thing."""

    profile: AccountView
    bank_account: dict[str, str]
    last_decision_about_it: str | None
    mail: list[LetterView]
    kept: dict[str, list[Any]]
    opened: Opened
    not_here: list[str]


@router.get("/me/export", response_model=Export, responses=errors(401), summary="All that is kept about me")
async def export_me(edge: TheEdge, caller: SignedIn) -> Response:
    known = await known_account(edge, caller.account_id)
    async with edge.house.reads.connection() as connection:
        kept = await kept_about(connection, known.id)
        rows = await mailbox(connection, known.id, LETTERS_MAX)
        texts = await opened_for(known, connection)
    mail = [_letter(known, row) for row in rows]
    view = Export(
        profile=known_view(known),
        bank_account={name: text for name in BANK_DETAILS if (text := known.read(name)) is not None},
        last_decision_about_it=known.read("reason"),
        mail=mail,
        kept=kept,
        opened=texts,
        not_here=NOT_HERE,
    )
    disposition = {"Content-Disposition": 'attachment; filename="travellr-export.json"'}
    return Response(view.model_dump_json(), 200, disposition, "application/json")


def _letter(known: KnownAccount, row: MailRow) -> LetterView:
    kept = opened(known.key, row.id, row.subject_sealed, row.text_sealed, row.html_sealed)
    return LetterView(sent_at=row.sent_at, kind=row.kind, channel=row.channel, subject=kept.subject, text=kept.text)


def _answer(known: KnownAccount) -> Response:
    headers = {"ETag": f'"{known.account.version}"'}
    return Response(known_view(known).model_dump_json(), 200, headers, "application/json")
