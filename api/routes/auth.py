"""Accounts and sessions: register, sign in, stay signed in, sign out."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.answers import Desk, IdempotencyKey, answered
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Email, NewPassword, Password, ShortText, Text
from api.problems import errors
from api.refusals import SessionOver, WrongCredentials
from api.sign_in import account_of_credentials
from api.views.account import AccountView, KeptAccount, account_view, kept_account
from commands.append import Answer
from commands.dispatch import Done
from domain.actor import Actor
from domain.ids import derived_id
from infrastructure.enrolment import Person, enrolment
from infrastructure.sessions import Opened, RefreshRefused
from infrastructure.tokens import ACCESS_FOR, Claims, Tokens

router = APIRouter(prefix="/auth", tags=["auth"])


class Register(Body):
    email: Email = Field(examples=["ada@example.com"])
    password: NewPassword
    full_name: ShortText
    role: Literal["traveller", "vendor"]
    phone: Annotated[Text, StringConstraints(pattern=r"^\+?[0-9 ()./-]{4,32}$")] | None = None
    locale: Annotated[Text, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")] | None = None


class Credentials(Body):
    email: Email
    password: Password


class Refresh(Body):
    refresh_token: Annotated[Text, StringConstraints(min_length=1, max_length=256)]


class TokensView(BaseModel):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 -- the name of a kind of token
    expires_in: int = Field(description="Seconds.")


@router.post("/register", status_code=201, response_model=AccountView, responses=errors(409), summary="Register")
async def register(request: Request, edge: TheEdge, body: Register, key: IdempotencyKey = None) -> Response:
    person = Person(body.email, body.full_name, body.phone, body.locale)
    account_id, password = uuid4(), body.password.get_secret_value()
    command = await edge.slowly.run(
        lambda: enrolment(edge.house.vault, account_id=account_id, role=body.role, person=person, password=password)
    )
    desk = Desk(edge, request, Actor(account_id, body.role), derived_id("anonymous", command.email_index), key)
    done = await desk.done(command, HTTPStatus.CREATED, kept_account)
    return answered(_with_person(done, person))


def _with_person(done: Done, person: Person) -> Done:
    """What is kept for the key names nobody; the request, which is the same, says who it was."""
    kept = done.answer
    assert kept is not None
    if kept.status != HTTPStatus.CREATED:
        return done
    body = account_view(KeptAccount.model_validate_json(kept.body), person).model_dump_json().encode()
    return Done(done.result, done.position, Answer(kept.status, body, kept.version), done.replayed)


@router.post("/login", responses=errors(401), summary="Sign in")
async def login(edge: TheEdge, body: Credentials) -> TokensView:
    account = await account_of_credentials(edge, body.email, body.password.get_secret_value())
    if account is None:
        raise WrongCredentials
    return _signed(edge.tokens, await edge.sessions.open(account.id, account.role))


@router.post("/refresh", responses=errors(401), summary="Get the next pair of tokens")
async def refresh(edge: TheEdge, body: Refresh) -> TokensView:
    try:
        return _signed(edge.tokens, await edge.sessions.rotate(body.refresh_token))
    except RefreshRefused:
        raise SessionOver from None


@router.post("/logout", status_code=204, responses=errors(401), summary="End this session")
async def logout(edge: TheEdge, caller: SignedIn) -> None:
    await edge.sessions.end(caller.session_id, caller.account_id)


def _signed(tokens: Tokens, opened: Opened) -> TokensView:
    access = tokens.access(Claims(opened.account_id, opened.role, opened.session_id))
    return TokensView(
        access_token=access, refresh_token=opened.refresh_token, expires_in=int(ACCESS_FOR.total_seconds())
    )
