"""A vendor's webhook endpoints: registered, changed, paused, resumed, signed anew, removed; disabled by the system."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.refusal import NotAllowed, NotFound
from domain.webhook_endpoint import WebhookEndpoint, WhyDisabled
from domain.webhook_types import WebhookType


@dataclass(frozen=True, slots=True)
class RegisterWebhookEndpoint:
    endpoint_id: UUID
    url: str
    types: tuple[WebhookType, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeWebhookEndpoint:
    """What is None stays as it is."""

    endpoint_id: UUID
    url: str | None = None
    types: tuple[WebhookType, ...] | None = None
    paused: bool | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RotateWebhookSecret:
    endpoint_id: UUID


@dataclass(frozen=True, slots=True)
class RemoveWebhookEndpoint:
    endpoint_id: UUID


@dataclass(frozen=True, slots=True)
class DisableWebhookEndpoint:
    endpoint_id: UUID
    why: WhyDisabled


async def register_webhook_endpoint(command: RegisterWebhookEndpoint, work: Work) -> WebhookEndpoint:
    if work.by.role != "vendor" or work.by.account_id is None:
        raise NotAllowed
    return work.add(
        WebhookEndpoint.register(
            endpoint_id=command.endpoint_id,
            vendor_id=work.by.account_id,
            url=command.url,
            types=command.types,
            now=await work.now(),
        )
    )


async def change_webhook_endpoint(command: ChangeWebhookEndpoint, work: Work) -> WebhookEndpoint:
    endpoint = await _mine(work, command.endpoint_id, command.version)
    now = await work.now()
    url = endpoint.url if command.url is None else command.url
    types = endpoint.types if command.types is None else command.types
    endpoint.change(url=url, types=types, now=now)
    if command.paused is True:
        endpoint.pause(now=now)
    elif command.paused is False:
        endpoint.resume(now=now)
    return endpoint


async def rotate_webhook_secret(command: RotateWebhookSecret, work: Work) -> WebhookEndpoint:
    endpoint = await _mine(work, command.endpoint_id)
    endpoint.rotate_secret(now=await work.now())
    return endpoint


async def remove_webhook_endpoint(command: RemoveWebhookEndpoint, work: Work) -> WebhookEndpoint:
    endpoint = await _mine(work, command.endpoint_id)
    endpoint.remove(now=await work.now())
    return endpoint


async def disable_webhook_endpoint(command: DisableWebhookEndpoint, work: Work) -> WebhookEndpoint:
    if not work.by.is_system:
        raise NotAllowed
    endpoint = await work.get(WebhookEndpoint, command.endpoint_id)
    endpoint.disable(command.why, now=await work.now())
    return endpoint


async def _mine(work: Work, endpoint_id: UUID, version: int | None = None) -> WebhookEndpoint:
    """The actor's own, and not removed. Raises NotFound, VersionMismatch."""
    endpoint = await work.get(WebhookEndpoint, endpoint_id)
    if work.by.role != "vendor" or endpoint.vendor_id != work.by.account_id or endpoint.status == "removed":
        raise NotFound
    return await work.get(WebhookEndpoint, endpoint_id, version=version)
