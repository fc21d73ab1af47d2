"""Accounts as staff see and change them. What they do to somebody stands in the log with who did it and why."""

from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from api.answers import IfVersion, TheDesk, answered
from api.caller import Caller, SignedIn
from api.edge import TheEdge
from api.erasing import erase
from api.fields import Body, Email, NewPassword, ShortText, Text
from api.known import account_in_log, carry_out, change_known, known_account
from api.paging import Listed, ThePage, listed
from api.passwords import chosen
from api.people_known import UserDetail, UserView, ids_of, known_among, seen, user_answer
from api.problems import errors
from api.reading import Reading, reading
from api.views.account import AccountView, kept_account, named
from commands.administer_account import AdministerAccount, NotYourself
from domain.account import Account
from domain.actor import STAFF
from domain.refusal import NotAllowed, NotFound
from infrastructure.enrolment import Person, enrolment
from infrastructure.known_account import KnownAccount
from queries.users import users

router = APIRouter(prefix="/admin/users", tags=["admin"])

AnyRole = Literal["traveller", "vendor", "operator", "finance", "auditor", "admin"]
REASON_MAX_CHARACTERS: Final = 500


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
    ids = await ids_of(edge, query) if query else None
    rows = await read.ask(lambda connection: users(connection, page, ids=ids, role=role, status=status))
    keys = await known_among(edge, [row.id for row in rows])
    return read.answer(listed(rows, page, lambda row: seen(row, keys.get(row.id))))


@router.post(
    "",
    status_code=201,
    response_model=AccountView,
    responses=errors(401, 403, 409),
    summary="Make an account for staff",
)
async def add_staff(desk: TheDesk, body: NewStaff) -> Response:
    person = Person(body.email, body.full_name)
    password = chosen(body.password, "password", person)
    vault = desk.edge.house.vault
    command = await desk.edge.slowly.run(
        lambda: enrolment(vault, account_id=uuid4(), role=body.role, person=person, password=password)
    )
    return answered(named(await desk.done(command, HTTPStatus.CREATED, kept_account), person))


@router.get("/{account_id}", response_model=UserDetail, responses=errors(401, 403, 404), summary="One account")
async def get_user(_: SignedIn, edge: TheEdge, account_id: UUID) -> Response:
    return await user_answer(edge, account_id)


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
    return await user_answer(edge, account_id)


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
