"""A person's own sessions."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from api.caller import SignedIn
from api.edge import TheEdge
from api.paging import Listed
from api.problems import errors
from domain.refusal import NotFound

router = APIRouter(prefix="/auth/sessions", tags=["auth"])


class SessionView(BaseModel):
    id: UUID
    created_at: datetime
    used_at: datetime
    current: bool


@router.get("", responses=errors(401), summary="My sessions, newest first")
async def list_sessions(edge: TheEdge, caller: SignedIn) -> Listed[SessionView]:
    found = await edge.sessions.of(caller.account_id)
    return Listed(
        items=[
            SessionView(id=s.id, created_at=s.created_at, used_at=s.used_at, current=s.id == caller.session_id)
            for s in found
        ]
    )


@router.delete("/{session_id}", status_code=204, responses=errors(401, 404), summary="End one of my sessions")
async def end_session(edge: TheEdge, caller: SignedIn, session_id: UUID) -> None:
    if not await edge.sessions.end(session_id, caller.account_id):
        raise NotFound
