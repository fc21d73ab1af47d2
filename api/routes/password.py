"""Passwords and addresses: change one, set a new one by mail, show that the other is yours."""

from uuid import uuid4

from fastapi import APIRouter, Request
from psycopg import AsyncConnection
from psycopg.types.json import Json
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.fields import Body, Email, MailedToken, NewPassword, Password
from api.known import carry_out, change_known, known_account
from api.limits import address_of, may
from api.passwords import chosen
from api.problems import errors
from api.refusals import LinkNotGood, WrongPassword
from commands.change_account import ChangePassword, VerifyEmail
from domain.actor import Actor
from domain.refusal import NotFound
from infrastructure.enrolment import Person
from infrastructure.keyring import Keyring
from infrastructure.known_account import KnownAccount
from infrastructure.mail_tokens import BadMailToken, MailToken, MailTokens, Purpose
from queries.identity import identity_of_email

router = APIRouter(prefix="/auth", tags=["auth"])


class NextPassword(Body):
    current: Password
    new: NewPassword


class ForgottenPassword(Body):
    email: Email


class PasswordByMail(Body):
    token: MailedToken
    new: NewPassword


class Followed(Body):
    token: MailedToken


class Verified(BaseModel):
    email_verified: bool = True


class Accepted(BaseModel):
    detail: str = "If there is such an account, a mail with a link is on its way to it."


@router.post(
    "/password", status_code=204, responses=errors(401, 403), summary="Change my password; my other sessions end"
)
async def change_password(request: Request, edge: TheEdge, caller: SignedIn, body: NextPassword) -> None:
    vault, current = edge.house.vault, body.current.get_secret_value()
    mine = await known_account(edge, caller.account_id)
    hashed, wanted = mine.read("password"), chosen(body.new, "new", mine.person())
    if not await edge.slowly.run(lambda: vault.password_matches(current, hashed)):
        raise WrongPassword
    new = await edge.slowly.run(lambda: vault.hash_password(wanted))

    async def change(known: KnownAccount) -> None:
        if known.read("password") != hashed:
            raise WrongPassword  # Somebody else was faster, and what was checked is not the password any more.
        sealed = known.seal("password", new)
        command = ChangePassword(known.id, known.account.version, sealed, "changed", caller.session_id)
        await carry_out(edge, request, command, caller.actor)

    await change_known(edge, caller.account_id, change)
    await edge.sessions.end_all(caller.account_id, but=caller.session_id)


@router.post(
    "/password-reset",
    status_code=202,
    response_model=Accepted,
    responses=errors(429),
    summary="Ask for a link to set a new password",
)
async def ask_for_password_reset(request: Request, edge: TheEdge, body: ForgottenPassword) -> Response:
    """The same answer, by the same work, whether the address is known: a task is written in any case, and the worker
    finds nobody to write to where there is nobody.
    """
    limits, vault = edge.limits, edge.house.vault
    address, account = address_of(edge, request), vault.email_index(body.email)
    await may(request, (limits.reset_address, address), (limits.reset_account, account))
    async with edge.house.reads.connection() as connection:
        identity = await identity_of_email(connection, vault.email_indexes(body.email))
        arguments = {"letter": "password_reset", "account_id": str(identity.account_id if identity else uuid4())}
        await _leave_task(connection, arguments)
    return Response(Accepted().model_dump_json(), 202, media_type="application/json")


async def _leave_task(connection: AsyncConnection, arguments: dict[str, str]) -> None:
    await connection.execute(
        "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'mail', %s)", (uuid4(), Json(arguments))
    )


@router.post(
    "/password-reset/confirm",
    status_code=204,
    responses=errors(422),
    summary="Set a new password with the token of the link; all sessions end",
)
async def confirm_password_reset(request: Request, edge: TheEdge, body: PasswordByMail) -> None:
    token = _read(edge, body.token, "reset_password")
    wanted = chosen(body.new, "new", await _person(edge, token))
    new = await edge.slowly.run(lambda: edge.house.vault.hash_password(wanted))

    async def change(known: KnownAccount) -> None:
        _check(known, token)
        sealed = known.seal("password", new)
        command = ChangePassword(known.id, known.account.version, sealed, "reset")
        await carry_out(edge, request, command, Actor(known.id, known.account.role))

    await change_known(edge, token.account_id, change)
    await edge.sessions.end_all(token.account_id)


async def _person(edge: Edge, token: MailToken) -> Person:
    """Whose link it is, before a quarter of a second is spent on hashing. Raises LinkNotGood."""
    try:
        known = await known_account(edge, token.account_id)
    except NotFound:
        raise LinkNotGood from None
    _check(known, token)
    return known.person()


def _check(known: KnownAccount, token: MailToken) -> None:
    """A password that was set since kills every link that was sent before it: each is good once."""
    if known.account.status != "active" or known.account.password_version != token.password_version:
        raise LinkNotGood


@router.post(
    "/verify-email",
    response_model=Verified,
    responses=errors(422),
    summary="Show that an address is yours, by its link",
)
async def verify_email(request: Request, edge: TheEdge, body: Followed) -> Response:
    token = _read(edge, body.token, "verify_email")
    try:
        await carry_out(edge, request, VerifyEmail(token.account_id), Actor(token.account_id, "traveller"))
    except NotFound:
        raise LinkNotGood from None
    return Response(Verified().model_dump_json(), 200, media_type="application/json")


def _read(edge: Edge, token: str, purpose: Purpose) -> MailToken:
    settings = edge.house.settings
    try:
        return MailTokens(Keyring.of(settings.secret_key, settings.secret_key_previous)).read(token, purpose)
    except BadMailToken:
        raise LinkNotGood from None
