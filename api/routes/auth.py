"""Register, sign in, stay signed in, sign out."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.answers import Desk, IdempotencyKey, answered
from api.caller import SignedIn
from api.devices import note_device
from api.edge import Edge, TheEdge
from api.fields import Body, Code, Email, Locale, NewPassword, Password, Phone, ShortText, Text
from api.known import account_in_log
from api.limits import Registering, guessing, was_known
from api.passwords import chosen
from api.problems import errors
from api.refusals import AccountSuspended, SessionOver
from api.sign_in import sign_in
from api.views.account import AccountView, kept_account, named
from domain.account import EmailTaken
from domain.actor import Actor
from domain.ids import derived_id
from infrastructure.enrolment import Person, enrolment
from infrastructure.new_id import new_id
from infrastructure.sessions import Opened, RefreshRefused
from infrastructure.tokens import ACCESS_FOR, Claims, Tokens
from queries.identity import identity_of_email

router = APIRouter(prefix="/auth", tags=["auth"])


class Register(Body):
    email: Email = Field(examples=["ada@example.com"])
    password: NewPassword
    full_name: ShortText
    role: Literal["traveller", "vendor"]
    phone: Phone | None = None
    locale: Locale | None = None


class Credentials(Body):
    email: Email
    password: Password
    code: Code | None = Field(default=None, description="The one-time code, for accounts with a second factor.")


class Refresh(Body):
    refresh_token: Annotated[Text, StringConstraints(min_length=1, max_length=256)]


class TokensView(BaseModel):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 -- the name of a kind of token
    expires_in: int = Field(description="Seconds.")


@router.post("/register", status_code=201, response_model=AccountView, responses=errors(409, 429), summary="Register")
async def register(
    request: Request, edge: TheEdge, _: Registering, body: Register, key: IdempotencyKey = None
) -> Response:
    person = Person(body.email, body.full_name, body.phone, body.locale)
    account_id, password = new_id(), chosen(body.password, "password", person)
    command = await edge.slowly.run(
        lambda: enrolment(edge.house.vault, account_id=account_id, role=body.role, person=person, password=password)
    )
    desk = Desk(edge, request, Actor(account_id, body.role), derived_id("anonymous", command.email_index), key)
    try:
        await _refuse_known(edge, body.email)
        done = await desk.done(command, HTTPStatus.CREATED, kept_account)
    except EmailTaken:
        await was_known(request)
        raise
    if done.answer is not None and done.answer.status == HTTPStatus.CONFLICT:
        await was_known(request)
    return answered(named(done, person))


async def _refuse_known(edge: Edge, email: str) -> None:
    """An address that is kept under an older pepper is one that the log's own check cannot see. Raises EmailTaken.

    Asked once the password is hashed, so that no address is answered sooner than another.
    """
    older = edge.house.vault.email_indexes(email)[1:]
    if older:
        async with edge.house.reads.connection() as connection:
            if await identity_of_email(connection, older) is not None:
                raise EmailTaken


@router.post("/login", responses=errors(401, 403, 429), summary="Sign in")
async def login(request: Request, edge: TheEdge, body: Credentials) -> TokensView:
    async with guessing(request, body.email):
        found = await sign_in(edge, request, body.email, body.password.get_secret_value(), body.code)
    opened = await edge.sessions.open(found.id, found.account.role)
    # Who was suspended while the password was being looked at must not keep what was opened meanwhile.
    if not await _may_stay(edge, opened):
        raise AccountSuspended
    await note_device(edge, request, found.id)
    return _signed(edge.tokens, opened)


@router.post("/refresh", responses=errors(401), summary="Get the next pair of tokens")
async def refresh(edge: TheEdge, body: Refresh) -> TokensView:
    try:
        opened = await edge.sessions.rotate(body.refresh_token)
    except RefreshRefused:
        raise SessionOver from None
    if not await _may_stay(edge, opened):
        raise SessionOver
    return _signed(edge.tokens, opened)


async def _may_stay(edge: Edge, opened: Opened) -> bool:
    """Whether the account, as the log has it now, may have this session; if not, it is ended."""
    account = await account_in_log(edge, opened.account_id)
    may = account is not None and account.status == "active" and account.role == opened.role
    if not may:
        await edge.sessions.end(opened.session_id, opened.account_id)
    return may


@router.post("/logout", status_code=204, responses=errors(401), summary="End this session")
async def logout(edge: TheEdge, caller: SignedIn) -> None:
    await edge.sessions.end(caller.session_id, caller.account_id)


def _signed(tokens: Tokens, opened: Opened) -> TokensView:
    access = tokens.access(Claims(opened.account_id, opened.role, opened.session_id))
    return TokensView(
        access_token=access, refresh_token=opened.refresh_token, expires_in=int(ACCESS_FOR.total_seconds())
    )
