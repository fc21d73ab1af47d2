"""A vendor's webhooks: where we tell what happens, and by which secret it is signed."""

from http import HTTPStatus
from typing import Annotated, Final, get_args
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, StringConstraints
from starlette.responses import Response

from api.answers import IfVersion, TheDesk, answered
from api.caller import SignedIn
from api.edge import Edge
from api.fields import Body, Text
from api.known import known_account
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, TooManyEndpoints, ValidationFailed
from api.views.webhook import EndpointView, EndpointWithSecret, endpoint_now, endpoint_row
from commands.append import Answer
from commands.dispatch import Done
from commands.webhook_endpoints import (
    ChangeWebhookEndpoint,
    RegisterWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
)
from domain.webhook_types import WebhookType
from infrastructure.new_id import new_id
from infrastructure.outbound_address import URL_MAX_CHARACTERS, UnsafeUrl, addresses_of, target_of
from infrastructure.webhook_signing import secret_of
from queries.scope import Page
from queries.webhooks import webhook_endpoint, webhook_endpoints

router = APIRouter(prefix="/vendors/me/webhooks", tags=["webhooks"])

# Every one of them is told of everything: a bound on what one event can cost.
ENDPOINTS_MAX: Final = 10

Endpoints = Annotated[Reading, reading("webhook_endpoints")]
Url = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=URL_MAX_CHARACTERS),
    Field(description="https:// and on the public internet.", examples=["https://hooks.example.com/travellr"]),
]
Types = Annotated[
    list[WebhookType],
    Field(max_length=len(get_args(WebhookType)), description="None at all is everything, also what comes later."),
]


class NewEndpoint(Body):
    url: Url
    types: Types = Field(default_factory=list)


class ChangedEndpoint(Body):
    """What is not given stays as it is. `paused: false` also revives one that we disabled."""

    url: Url | None = None
    types: Types | None = None
    paused: bool | None = None


@router.post(
    "",
    status_code=201,
    response_model=EndpointWithSecret,
    responses=errors(401, 403, 409),
    summary="Register an endpoint",
)
async def register_webhook(desk: TheDesk, caller: SignedIn, body: NewEndpoint, read: Endpoints) -> Response:
    """The secret is in this answer only; the same Idempotency-Key gets it again, for an answer that was lost."""
    await _check_url(desk.edge, body.url)
    if len(await read.ask(lambda c: webhook_endpoints(c, caller.account_id, Page(ENDPOINTS_MAX)))) >= ENDPOINTS_MAX:
        raise TooManyEndpoints
    command = RegisterWebhookEndpoint(new_id(), body.url, _distinct(body.types))
    done = await desk.done(command, HTTPStatus.CREATED, endpoint_now)
    return answered(await _with_secret(desk.edge, caller.account_id, done))


@router.get("", response_model=Listed[EndpointView], responses=errors(401, 403, 503), summary="My endpoints")
async def list_webhooks(caller: SignedIn, read: Endpoints, page: ThePage) -> Response:
    rows = await read.ask(lambda c: webhook_endpoints(c, caller.account_id, page))
    return read.answer(listed(rows, page, endpoint_row))


@router.get("/{endpoint_id}", response_model=EndpointView, responses=errors(401, 403, 404, 503), summary="One endpoint")
async def get_webhook(caller: SignedIn, read: Endpoints, endpoint_id: UUID) -> Response:
    row = await read.find(lambda c: webhook_endpoint(c, caller.account_id, endpoint_id))
    return read.answer(endpoint_row(row), version=row.version)


@router.patch(
    "/{endpoint_id}",
    response_model=EndpointView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Change, pause or resume an endpoint",
)
async def change_webhook(desk: TheDesk, endpoint_id: UUID, version: IfVersion, body: ChangedEndpoint) -> Response:
    if body.url is not None:
        await _check_url(desk.edge, body.url)
    types = None if body.types is None else _distinct(body.types)
    command = ChangeWebhookEndpoint(endpoint_id, body.url, types, body.paused, version)
    return await desk.carry_out(command, HTTPStatus.OK, endpoint_now)


@router.delete("/{endpoint_id}", status_code=204, responses=errors(401, 403, 404), summary="Remove an endpoint")
async def remove_webhook(desk: TheDesk, endpoint_id: UUID) -> Response:
    done = await desk.done(RemoveWebhookEndpoint(endpoint_id), HTTPStatus.OK, endpoint_now)
    kept = done.answer
    if kept is not None and kept.status != HTTPStatus.OK:
        return answered(done)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Travellr-Position": str(done.position)})


@router.post(
    "/{endpoint_id}/rotate-secret",
    response_model=EndpointWithSecret,
    responses=errors(401, 403, 404, 409),
    summary="A new secret; the one before signs as well for 24 hours",
)
async def rotate_webhook_secret(desk: TheDesk, caller: SignedIn, endpoint_id: UUID) -> Response:
    done = await desk.done(RotateWebhookSecret(endpoint_id), HTTPStatus.OK, endpoint_now)
    return answered(await _with_secret(desk.edge, caller.account_id, done))


async def _with_secret(edge: Edge, vendor_id: UUID, done: Done) -> Done:
    """The secret is put in after the answer was kept for its key, so that it is kept nowhere."""
    kept = done.answer
    if kept is None or kept.status >= HTTPStatus.BAD_REQUEST:
        return done
    view = EndpointView.model_validate_json(kept.body)
    vendor = await known_account(edge, vendor_id)
    secret = secret_of(vendor.key, view.id, view.secret_number)
    shown = EndpointWithSecret(**view.model_dump(), secret=secret)
    answer = Answer(kept.status, shown.model_dump_json().encode(), kept.version)
    return Done(done.result, done.position, answer, done.replayed)


async def _check_url(edge: Edge, url: str) -> None:
    """Raises ValidationFailed. It is looked at again before every sending: what a name leads to may change."""
    try:
        await addresses_of(target_of(url, sandbox=edge.house.settings.sandbox))
    except UnsafeUrl as unsafe:
        raise ValidationFailed(FieldError("url", str(unsafe))) from None


def _distinct(types: list[WebhookType]) -> tuple[WebhookType, ...]:
    return tuple(sorted(set(types)))
