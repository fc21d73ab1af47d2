"""Browsers that take push messages for me. What a browser hands out is personal: it is sealed under my key."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Text
from api.known import known_account
from api.problems import errors
from api.refusals import FieldError, ValidationFailed
from domain.refusal import NotFound
from infrastructure.push import Subscription, is_push_service
from infrastructure.vapid import vapid_public_key
from infrastructure.vault import Place, Vault
from queries.messages import subscriptions_of

router = APIRouter(prefix="/users/me/push-subscriptions", tags=["notifications"])

SUBSCRIPTIONS_MAX: Final = 20
_Key = Annotated[Text, StringConstraints(min_length=16, max_length=128, pattern=r"^[A-Za-z0-9_-]+=*$")]


class Keys(Body):
    p256dh: _Key
    auth: _Key


class NewSubscription(Body):
    """As the browser's PushSubscription.toJSON() has it."""

    endpoint: Annotated[Text, StringConstraints(min_length=1, max_length=1_000)]
    keys: Keys
    expirationTime: float | None = None  # noqa: N815 -- a browser's name


class SubscriptionView(BaseModel):
    id: UUID
    created_at: datetime


class SubscriptionsView(BaseModel):
    items: list[SubscriptionView]
    application_server_key: str | None = Field(
        description="What a browser needs to subscribe; null: kept here instead."
    )


@router.get("", responses=errors(401), summary="My browsers, and the key to subscribe another one")
async def list_push_subscriptions(edge: TheEdge, caller: SignedIn) -> SubscriptionsView:
    key = edge.house.settings.vapid_private_key
    async with edge.house.reads.connection() as connection:
        rows = await subscriptions_of(connection, caller.account_id)
    return SubscriptionsView(
        items=[SubscriptionView(id=row.id, created_at=row.created_at) for row in rows],
        application_server_key=vapid_public_key(key.get_secret_value()) if key else None,
    )


@router.post(
    "",
    status_code=201,
    response_model=SubscriptionView,
    responses=errors(401, 422),
    summary="Let a browser take push messages; the same one again is the same",
)
async def add_push_subscription(edge: TheEdge, caller: SignedIn, body: NewSubscription) -> Response:
    if not is_push_service(body.endpoint, edge.house.settings.push_hosts):
        raise ValidationFailed(FieldError("endpoint", "is not an endpoint of a push service that we know"))
    known = await known_account(edge, caller.account_id)
    index, subscription_id = edge.house.vault.pseudonym("push", f"{known.id}/{body.endpoint}"), uuid4()
    async with edge.house.reads.connection() as connection, connection.transaction():
        # One at a time for each person, so that nobody has more than the bound.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"push/{known.id}",))
        await connection.execute(
            "DELETE FROM people.push_subscription WHERE subscription_id IN (SELECT subscription_id"
            " FROM people.push_subscription WHERE account_id = %s AND endpoint_index <> %s"
            " ORDER BY created_at DESC, subscription_id OFFSET %s)",
            (known.id, index, SUBSCRIPTIONS_MAX - 1),
        )
        cursor = await connection.execute(
            "SELECT subscription_id FROM people.push_subscription WHERE account_id = %s AND endpoint_index = %s",
            (known.id, index),
        )
        row = await cursor.fetchone()
        subscription_id = row[0] if row else subscription_id
        text = Subscription(body.endpoint, body.keys.p256dh, body.keys.auth).written()
        sealed = Vault.seal(known.key, Place(known.id, 1, f"push/{subscription_id}"), text)
        cursor = await connection.execute(
            "INSERT INTO people.push_subscription AS s (subscription_id, account_id, endpoint_index, sealed)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (account_id, endpoint_index) DO UPDATE SET sealed = EXCLUDED.sealed"
            " RETURNING subscription_id, created_at",
            (subscription_id, known.id, index, sealed),
        )
        made = await cursor.fetchone()
    assert made is not None
    view = SubscriptionView(id=made[0], created_at=made[1])
    return Response(view.model_dump_json(), 201, media_type="application/json")


@router.delete("/{subscription_id}", status_code=204, responses=errors(401, 404), summary="No more to this browser")
async def remove_push_subscription(edge: TheEdge, caller: SignedIn, subscription_id: UUID) -> None:
    async with edge.house.reads.connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM people.push_subscription WHERE subscription_id = %s AND account_id = %s",
            (subscription_id, caller.account_id),
        )
    if not cursor.rowcount:
        raise NotFound
