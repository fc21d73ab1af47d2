"""Accounts as staff see them: found by address or id, with the names of those who still have their keys."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response

from api.edge import Edge
from api.known import account_in_log
from api.refusals import FieldError, ValidationFailed
from api.views.account import kept_account
from domain.account import Account
from domain.refusal import NotFound
from domain.root import replay
from infrastructure.known_account import KnownAccount, known
from queries.identity import identities, identity_of_email
from queries.users import UserRow


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


async def ids_of(edge: Edge, query: str) -> list[UUID]:
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


async def known_among(edge: Edge, account_ids: list[UUID]) -> dict[UUID, KnownAccount]:
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


def seen(row: UserRow, known: KnownAccount | None) -> UserView:
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


async def user_answer(edge: Edge, account_id: UUID) -> Response:
    """As the log has it, which is never behind."""
    account = await account_in_log(edge, account_id)
    if account is None:
        raise NotFound
    known = (await known_among(edge, [account_id])).get(account_id)
    view = UserDetail(
        **kept_account(account).model_dump(),
        email=known.read("email") if known else None,
        full_name=known.read("full_name") if known else None,
        reason=known.read("reason") if known else None,
    )
    return Response(view.model_dump_json(), 200, {"ETag": f'"{account.version}"'}, "application/json")
