"""WebhookEndpoint: an address of a vendor's that is told what happens, and the secrets that sign it.

No secret is in an event: each follows from the vendor's own key, the endpoint and the number of its `generation`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from domain.refusal import WrongState
from domain.root import Event, FirstEvent, Root
from domain.webhook_types import WebhookType

Status = Literal["active", "paused", "disabled", "removed"]
WhyDisabled = Literal["gone", "failing"]

# So long after a rotation the secret before signs as well, for a receiver to take the new one in peace.
OLD_SECRET_FOR: Final = timedelta(hours=24)


class WebhookEndpoint(Root):
    """`types` is what it wants to be told about; none at all is everything, also what there will be later."""

    TOPIC = "webhook_endpoint"

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.url = ""
        self.types: tuple[WebhookType, ...] = ()
        self.status: Status = "active"
        self.disabled_because: WhyDisabled | None = None
        self.generation = 1
        self.rotated_at: datetime | None = None

    @classmethod
    def register(
        cls, *, endpoint_id: UUID, vendor_id: UUID, url: str, types: tuple[WebhookType, ...], now: datetime
    ) -> WebhookEndpoint:
        return cls.begin(cls.Registered, stream_id=endpoint_id, now=now, vendor_id=vendor_id, url=url, types=types)

    def change(self, *, url: str, types: tuple[WebhookType, ...], now: datetime) -> None:
        """Raises WrongState once it is removed."""
        self._check_there()
        if (url, types) != (self.url, self.types):
            self.record(self.Changed, now=now, url=url, types=types)

    def pause(self, *, now: datetime) -> None:
        """Nothing is sent from now on, and what happens meanwhile is not sent later. Raises WrongState."""
        self._check_there()
        if self.status == "disabled":
            raise WrongState("This endpoint is disabled already; resume it when it can be reached again.")
        if self.status == "active":
            self.record(self.Paused, now=now)

    def resume(self, *, now: datetime) -> None:
        """After a pause, or after we had disabled it. Raises WrongState once it is removed."""
        self._check_there()
        if self.status != "active":
            self.record(self.Resumed, now=now)

    def rotate_secret(self, *, now: datetime) -> None:
        """A new secret; the one before signs beside it for `OLD_SECRET_FOR`. Raises WrongState once it is removed."""
        self._check_there()
        self.record(self.SecretRotated, now=now, generation=self.generation + 1)

    def disable(self, why: WhyDisabled, *, now: datetime) -> None:
        """It said that it is gone, or nothing has got through for days."""
        if self.status in {"active", "paused"}:
            self.record(self.Disabled, now=now, vendor_id=self.vendor_id, why=why)

    def remove(self, *, now: datetime) -> None:
        if self.status != "removed":
            self.record(self.Removed, now=now)

    def signing_generations(self, now: datetime) -> tuple[int, ...]:
        """The numbers of the secrets that sign at this time, the newest first."""
        if self.rotated_at is not None and now < self.rotated_at + OLD_SECRET_FOR:
            return (self.generation, self.generation - 1)
        return (self.generation,)

    def _check_there(self) -> None:
        if self.status == "removed":
            raise WrongState("This endpoint was removed.")

    class Registered(FirstEvent):
        """A vendor wants this address to be told what happens."""

        TOPIC = "webhook_endpoint.registered"
        vendor_id: UUID
        url: str
        types: tuple[WebhookType, ...]

        def apply(self, aggregate: WebhookEndpoint) -> None:
            aggregate.vendor_id = self.vendor_id
            aggregate.url = self.url
            aggregate.types = self.types

    class Changed(Event):
        """Another address, or other things to be told."""

        TOPIC = "webhook_endpoint.changed"
        url: str
        types: tuple[WebhookType, ...]

        def apply(self, aggregate: WebhookEndpoint) -> None:
            aggregate.url = self.url
            aggregate.types = self.types

    class Paused(Event):
        """Its vendor wants it to be told nothing for now."""

        TOPIC = "webhook_endpoint.paused"

        def apply(self, aggregate: WebhookEndpoint) -> None:
            aggregate.status = "paused"

    class Resumed(Event):
        """It is told again, from now on."""

        TOPIC = "webhook_endpoint.resumed"

        def apply(self, aggregate: WebhookEndpoint) -> None:
            aggregate.status = "active"
            aggregate.disabled_because = None

    class SecretRotated(Event):
        """What it is told is signed by a new secret."""

        TOPIC = "webhook_endpoint.secret_rotated"
        generation: int

        def apply(self, aggregate: WebhookEndpoint) -> None:
            aggregate.generation = self.generation
            aggregate.rotated_at = self.timestamp

    class Disabled(Event):
        """We stopped telling it anything: it is gone, or nothing has got through for days."""

        TOPIC = "webhook_endpoint.disabled"
        vendor_id: UUID
        why: WhyDisabled

        def apply(self, aggregate: WebhookEndpoint) -> None:
            aggregate.status = "disabled"
            aggregate.disabled_because = self.why

    class Removed(Event):
        """Its vendor took it away."""

        TOPIC = "webhook_endpoint.removed"

        def apply(self, aggregate: WebhookEndpoint) -> None:
            aggregate.status = "removed"
