"""My own account."""

from fastapi import APIRouter
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.problems import errors
from api.sign_in import account_in_log
from api.views.account import AccountView, account_view, kept_account
from domain.refusal import NotFound
from infrastructure.enrolment import unsealed
from queries.identity import identity_of_account

router = APIRouter(prefix="/users", tags=["accounts"])


@router.get("/me", response_model=AccountView, responses=errors(401), summary="My account")
async def get_me(edge: TheEdge, caller: SignedIn) -> Response:
    account = await account_in_log(edge, caller.account_id)
    async with edge.house.reads.connection() as connection:
        identity = await identity_of_account(connection, caller.account_id)
    if account is None or identity is None:
        raise NotFound
    view = account_view(kept_account(account), unsealed(edge.house.vault, account, identity.wrapped_key))
    return Response(view.model_dump_json(), 200, {"ETag": f'"{account.version}"'}, "application/json")
