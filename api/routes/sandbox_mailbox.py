"""Messages that nobody had to deliver: what was sent while no provider is configured; in the sandbox only."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.edge import TheEdge
from api.fields import EMAIL_MAX_CHARACTERS, Text
from api.paging import LIMIT_MAX, Limit, Listed
from infrastructure.local_mailbox import opened
from queries.identity import identity_of_email
from queries.mailbox import mailbox

router = APIRouter(prefix="/sandbox", tags=["sandbox"])


class MailView(BaseModel):
    id: UUID
    to: str
    kind: str
    channel: str
    subject: str
    text: str
    html: str | None
    sent_at: datetime


@router.get("/mailbox", response_model=Listed[MailView], summary="Messages to who has this address, newest first")
async def get_mailbox(
    edge: TheEdge, to: Annotated[Text, Query(max_length=EMAIL_MAX_CHARACTERS)], limit: Limit = LIMIT_MAX
) -> Response:
    vault = edge.house.vault
    items = []
    async with edge.house.reads.connection() as connection:
        identity = await identity_of_email(connection, vault.email_indexes(to))
        rows = await mailbox(connection, identity.account_id, limit) if identity else []
    for row in rows:
        assert identity is not None
        key = vault.unwrap(identity.account_id, identity.wrapped_key)
        kept = opened(key, row.id, row.subject_sealed, row.text_sealed, row.html_sealed)
        items.append(
            MailView(
                id=row.id,
                to=to,
                kind=row.kind,
                channel=row.channel,
                subject=kept.subject,
                text=kept.text,
                html=kept.html,
                sent_at=row.sent_at,
            )
        )
    return Response(Listed(items=items).model_dump_json(), 200, media_type="application/json")
