"""Who is signed in, and whether their role may do this."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.edge import Edge, edge_of
from api.points import refuse_stray_moment
from api.refusals import Unauthenticated
from api.roles import ALLOWED
from api.trace import trace_of
from domain.actor import Actor
from domain.refusal import NotAllowed
from infrastructure.signed import InvalidToken

_BEARER = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The access token of POST /auth/login.")


@dataclass(frozen=True, slots=True)
class Caller:
    account_id: UUID
    actor: Actor
    session_id: UUID


async def signed_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Caller:
    """Raises Unauthenticated, and NotAllowed if the table in roles.py does not name the role for this operation.

    Raises ValidationFailed for a moment (`as_of`) that the operation does not know.
    """
    if credentials is None:
        raise Unauthenticated
    edge = edge_of(request)
    try:
        claims = edge.tokens.read_access(credentials.credentials)
    except InvalidToken:
        raise Unauthenticated from None
    if not await edge.sessions.is_open(claims.session_id):
        raise Unauthenticated
    trace_of(request).account_id = claims.account_id
    if claims.role not in ALLOWED[request.scope["route"].operation_id or request.scope["route"].name]:
        raise NotAllowed
    actor = trace_of(request).actor = Actor(claims.account_id, claims.role)
    refuse_stray_moment(request)
    return Caller(claims.account_id, actor, claims.session_id)


async def is_still_signed_in(edge: Edge, token: str) -> bool:
    """For an answer that goes on for long: the token has not expired, nor has its session ended."""
    try:
        claims = edge.tokens.read_access(token)
    except InvalidToken:
        return False
    return await edge.sessions.is_open(claims.session_id)


SignedIn = Annotated[Caller, Depends(signed_in)]
