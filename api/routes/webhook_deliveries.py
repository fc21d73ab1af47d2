"""What was delivered to a vendor's endpoint, try by try; sent once more, or a ping, on demand."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.webhook import DeliveryView, delivery_row
from domain.ids import derived_id
from domain.refusal import NotFound, WrongState
from infrastructure.new_id import new_id
from infrastructure.webhook_orders import is_ordered, order_again, order_ping
from queries.webhooks import DeliveryRow, EndpointRow, webhook_deliveries, webhook_delivery, webhook_endpoint

router = APIRouter(prefix="/vendors/me/webhooks/{endpoint_id}", tags=["webhooks"])

Endpoints = Annotated[Reading, reading("webhook_endpoints")]
# How far deliveries have been made, for `min_position`.
Deliveries = Annotated[Reading, reading("webhooks_out")]
State = Literal["pending", "delivered", "failed", "dropped"]


@router.get(
    "/deliveries",
    response_model=Listed[DeliveryView],
    responses=errors(401, 403, 404, 503),
    summary="What was delivered, newest first",
)
async def list_webhook_deliveries(
    caller: SignedIn, read: Deliveries, page: ThePage, endpoint_id: UUID, state: State | None = None
) -> Response:
    await _mine(read, caller.account_id, endpoint_id)
    rows = await read.ask(lambda c: webhook_deliveries(c, endpoint_id, page, state=state))
    return read.answer(listed(rows, page, delivery_row))


@router.post(
    "/deliveries/{delivery_id}/resend",
    status_code=202,
    response_model=DeliveryView,
    responses=errors(401, 403, 404, 409),
    summary="Send it once more, with the same webhook-id",
)
async def resend_webhook_delivery(
    desk: TheDesk, caller: SignedIn, read: Deliveries, endpoint_id: UUID, delivery_id: UUID
) -> Response:
    endpoint = await _mine(read, caller.account_id, endpoint_id)
    await _found(read, endpoint_id, delivery_id)
    task_id = derived_id("webhook again", delivery_id, desk.key) if desk.key else new_id()
    async with desk.edge.house.reads.connection() as connection:
        if not await is_ordered(connection, task_id):
            _check_active(endpoint)
            if not await order_again(connection, delivery_id, task_id):
                raise WrongState("It is still being tried; wait for its next attempt.")
    return _accepted(await _found(read, endpoint_id, delivery_id))


@router.post(
    "/test",
    status_code=202,
    response_model=DeliveryView,
    responses=errors(401, 403, 404, 409),
    summary="Send a ping",
)
async def send_webhook_ping(desk: TheDesk, caller: SignedIn, read: Deliveries, endpoint_id: UUID) -> Response:
    """To a paused endpoint, too."""
    endpoint = await _mine(read, caller.account_id, endpoint_id)
    delivery_id = derived_id("webhook ping", endpoint_id, desk.key) if desk.key else new_id()
    async with desk.edge.house.reads.connection() as connection:
        if not await is_ordered(connection, delivery_id):
            if endpoint.status == "disabled":
                _check_active(endpoint)
            if not await order_ping(connection, endpoint_id, delivery_id):
                raise WrongState("A ping is on its way already.")
    return _accepted(await _found(read, endpoint_id, delivery_id))


async def _mine(read: Reading, vendor_id: UUID, endpoint_id: UUID) -> EndpointRow:
    """Raises NotFound, but not for one that has just been registered."""
    endpoints = Reading(read.pool, "webhook_endpoints")
    return await endpoints.find(lambda c: webhook_endpoint(c, vendor_id, endpoint_id))


async def _found(read: Reading, endpoint_id: UUID, delivery_id: UUID) -> DeliveryRow:
    row = await read.ask(lambda c: webhook_delivery(c, endpoint_id, delivery_id))
    if row is None:
        raise NotFound
    return row


def _check_active(endpoint: EndpointRow) -> None:
    if endpoint.status != "active":
        raise WrongState(f"This endpoint is {endpoint.status}; resume it first.")


def _accepted(row: DeliveryRow) -> Response:
    return Response(delivery_row(row).model_dump_json(), 202, media_type="application/json")
