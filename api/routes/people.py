"""Accounts as staff see and change them. What they do to somebody stands in the log with who did it and why."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.answers import IfVersion, TheDesk, answered
from api.caller import Caller, SignedIn
from api.edge import Edge, TheEdge
from api.erasing import erase
from api.fields import Body, Email, NewPassword, ShortText, Text
from api.known import account_in_log, carry_out, change_known, known_account
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from api.views.account import AccountView, kept_account, named
from commands.administer_account import AdministerAccount, NotYourself
from domain.account import Account
from domain.actor import STAFF
from domain.refusal import NotAllowed, NotFound
from domain.root import replay
from infrastructure.enrolment import Person, enrolment
from infrastructure.known_account import KnownAccount, known
from queries.identity import identities, identity_of_email
from queries.users import UserRow, users

router = APIRouter(prefix="/admin/users", tags=["admin"])

AnyRole = Literal["traveller", "vendor", "operator", "finance", "auditor", "admin"]
REASON_MAX_CHARACTERS: Final = 500


class UserView(BaseModel):
    """`email` and `full_name` are null for who was erased."""

    id: UUID
    role: str
    status: str
    email: str | None = None
    full_name: str | None = None
    email_verified: bool
    second_factor: bool
    created_at: datetime


class UserDetail(UserView):
    reason: str | None = Field(default=None, description="Why its role or status was last changed.")


class NewStaff(Body):
    email: Email
    password: NewPassword
    full_name: ShortText
    role: Literal["operator", "finance", "auditor", "admin"]


class UserChanges(Body):
    """What is left out stays. The reason is kept sealed, as what it says may be personal."""

    role: AnyRole | None = None
    status: Literal["active", "suspended"] | None = None
    reason: Annotated[Text, StringConstraints(max_length=REASON_MAX_CHARACTERS)] = ""


Wanted = Annotated[
    Text,
    Query(
        max_length=254,
        description="A whole e-mail address, or an id. Names are sealed, so they cannot be searched for.",
    ),
]


@router.get(
    "",
    response_model=Listed[UserView],
    responses=errors(401, 403, 503),
    summary="Accounts, newest first; by e-mail address, id, role or status",
)
async def list_users(
    _: SignedIn,
    edge: TheEdge,
    page: ThePage,
    read: Annotated[Reading, reading("accounts")],
    query: Wanted | None = None,
    role: AnyRole | None = None,
    status: Literal["active", "suspended", "erased"] | None = None,
) -> Response:
    ids = await _ids_of(edge, query) if query else None
    rows = await read.ask(lambda connection: users(connection, page, ids=ids, role=role, status=status))
    keys = await _known(edge, [row.id for row in rows])
    return read.answer(listed(rows, page, lambda row: _seen(row, keys.get(row.id))))


@router.post(
    "",
    status_code=201,
    response_model=AccountView,
    responses=errors(401, 403, 409),
    summary="Make an account for staff",
)
async def add_staff(desk: TheDesk, body: NewStaff) -> Response:
    person, password = Person(body.email, body.full_name), body.password.get_secret_value()
    vault = desk.edge.house.vault
    command = await desk.edge.slowly.run(
        lambda: enrolment(vault, account_id=uuid4(), role=body.role, person=person, password=password)
    )
    return answered(named(await desk.done(command, HTTPStatus.CREATED, kept_account), person))


@router.get("/{account_id}", response_model=UserDetail, responses=errors(401, 403, 404), summary="One account")
async def get_user(_: SignedIn, edge: TheEdge, account_id: UUID) -> Response:
    return await _answer(edge, account_id)


@router.patch(
    "/{account_id}",
    response_model=UserDetail,
    responses=errors(401, 403, 404, 409, 412),
    summary="Suspend, reinstate, or give another role; the latter, and staff, are for admins",
)
async def change_user(
    request: Request, edge: TheEdge, caller: SignedIn, account_id: UUID, body: UserChanges, version: IfVersion
) -> Response:
    async def change(known: KnownAccount) -> None:
        reasons = (known.seal("reason", body.reason), known.seal("reason", body.reason, ahead=2))
        command = AdministerAccount(known.id, known.account.version, reasons, body.role, body.status)
        result = (await carry_out(edge, request, command, caller.actor)).result
        if result.version != known.account.version and body.status != "active":
            await edge.sessions.end_all(known.id)

    await change_known(edge, account_id, change, if_version=version)
    return await _answer(edge, account_id)


@router.delete(
    "/{account_id}/sessions", status_code=204, responses=errors(401, 403, 404), summary="Sign somebody out everywhere"
)
async def end_sessions_of(edge: TheEdge, caller: SignedIn, account_id: UUID) -> None:
    _may_touch(caller, (await known_account(edge, account_id)).account)
    await edge.sessions.end_all(account_id)


@router.delete(
    "/{account_id}",
    status_code=204,
    responses=errors(401, 403, 404, 409, 503),
    summary="Erase somebody, who has asked for it",
)
async def erase_user(request: Request, edge: TheEdge, caller: SignedIn, account_id: UUID) -> None:
    account = await account_in_log(edge, account_id)
    if account is None:
        raise NotFound
    _may_touch(caller, account)
    await erase(edge, request, account_id, caller.actor)


def _may_touch(caller: Caller, account: Account) -> None:
    """Raises NotAllowed for an operator who touches staff, NotYourself for oneself."""
    if account.id == caller.account_id:
        raise NotYourself
    if account.role in STAFF and caller.actor.role != "admin":
        raise NotAllowed


async def _ids_of(edge: Edge, query: str) -> list[UUID]:
    """Of whoever this address or id belongs to. Raises ValidationFailed for anything else."""
    if "@" in query:
        async with edge.house.reads.connection() as connection:
            identity = await identity_of_email(connection, edge.house.vault.email_indexes(query))
        return [identity.account_id] if identity else []
    try:
        return [UUID(query)]
    except ValueError:
        said = "must be a whole e-mail address or an id: names are sealed, and cannot be searched for"
        raise ValidationFailed(FieldError("query", said)) from None


async def _known(edge: Edge, account_ids: list[UUID]) -> dict[UUID, KnownAccount]:
    """Those of these accounts that still have their keys."""
    async with edge.house.reads.connection() as connection:
        keys = await identities(connection, account_ids)
    streams = await edge.house.log.read(tuple(keys))
    found = {}
    for account_id, wrapped_key in keys.items():
        account = replay(streams.events[account_id])
        if isinstance(account, Account) and account.status != "erased":
            found[account_id] = known(edge.house.vault, account, wrapped_key)
    return found


def _seen(row: UserRow, known: KnownAccount | None) -> UserView:
    return UserView(
        id=row.id,
        role=row.role,
        status=row.status,
        email=known.read("email") if known else None,
        full_name=known.read("full_name") if known else None,
        email_verified=row.email_verified,
        second_factor=row.second_factor,
        created_at=row.created_at,
    )


async def _answer(edge: Edge, account_id: UUID) -> Response:
    """As the log has it, which is never behind."""
    account = await account_in_log(edge, account_id)
    if account is None:
        raise NotFound
    known = (await _known(edge, [account_id])).get(account_id)
    view = UserDetail(
        **kept_account(account).model_dump(),
        email=known.read("email") if known else None,
        full_name=known.read("full_name") if known else None,
        reason=known.read("reason") if known else None,
    )
    return Response(view.model_dump_json(), 200, {"ETag": f'"{account.version}"'}, "application/json")
