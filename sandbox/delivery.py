"""Signed delivery of events to webhook endpoints: retried with back-off, and spoiled when a fault asks for it.

Source: docs.stripe.com/webhooks (signature over `<t>.<raw body>`, retries for up to three days).
"""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

import httpx

from sandbox.documents import PLATFORM
from sandbox.faults import Faults
from sandbox.render import rendered
from sandbox.world import Call, World

MOST_ATTEMPTS = 16
LONGEST_PAUSE_SECONDS = 60.0
MOST_AT_ONCE = 8
TIMEOUT_SECONDS = 10.0
LONGEST_NAP_SECONDS = 5.0
REORDER_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class _Delivery:
    id: int
    event: str
    endpoint: str
    event_type: str
    attempts: int
    due_at: float


def signature(secret: str, timestamp: int, body: bytes) -> str:
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={signed}"


class Deliveries:
    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Sends what is due, until cancelled. What is not confirmed by then stays in the file."""
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client, asyncio.TaskGroup() as group:
            free = asyncio.Semaphore(MOST_AT_ONCE)
            flying: set[int] = set()
            while True:
                self.changed.clear()
                due = [] if self._held() else [item for item in self._due() if item.id not in flying]
                if (batch := self._reordered(due)) is not None:
                    for item in batch:
                        await self._send(client, item)
                    due = []
                for item in due:
                    await free.acquire()
                    flying.add(item.id)
                    group.create_task(self._fly(client, item, free, flying))
                await self._nap(flying)

    def _due(self) -> list[_Delivery]:
        sql = (
            "SELECT id, event, endpoint, event_type, attempts, due_at FROM deliveries "
            "WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, id LIMIT 100"
        )
        return [_Delivery(*row) for row in self._world.store.run(sql, time.time())]

    def _held(self) -> bool:
        hold = self._faults.first("hold_webhooks")
        if hold is not None and 0 < hold["seconds"] <= time.time() - hold["since"]:
            self._faults.forget(hold)
            hold = None
        return hold is not None

    def _reordered(self, due: list[_Delivery]) -> list[_Delivery] | None:
        """The deliveries last first, once enough have come together; None when no such fault is on."""
        fault = self._faults.first("reorder_webhooks")
        if fault is None:
            return None
        patience_seconds = fault["seconds"] or REORDER_PATIENCE_SECONDS
        if not due or (len(due) < fault["times"] and time.time() - due[0].due_at < patience_seconds):
            return []
        self._faults.forget(fault)
        return due[::-1]

    async def _fly(self, client: httpx.AsyncClient, item: _Delivery, free: asyncio.Semaphore, flying: set[int]) -> None:
        try:
            await self._send(client, item)
        finally:
            flying.discard(item.id)
            free.release()
            self.changed.set()

    async def _send(self, client: httpx.AsyncClient, item: _Delivery) -> None:
        copies = 2 if self._faults.take("duplicate_webhooks", event_type=item.event_type) else 1
        for _ in range(copies):
            status = await self._post(client, item)
        self._record(item, status)

    async def _post(self, client: httpx.AsyncClient, item: _Delivery) -> int | None:
        """The status of the endpoint's answer; None when there was none."""
        store = self._world.store
        event, endpoint = store.find(item.event), store.get("webhook_endpoint", item.endpoint, PLATFORM)
        if event is None or endpoint is None:
            return 200
        body = json.dumps(rendered(Call(self._world), event), indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(endpoint["_secret"], int(time.time()), body),
        }
        try:
            return (await client.post(endpoint["url"], content=body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return None

    def _record(self, item: _Delivery, status: int | None) -> None:
        attempts = item.attempts + 1
        if status is not None and 200 <= status < 300:
            state = "delivered"
        else:
            state = "given_up" if attempts >= MOST_ATTEMPTS else "pending"
        pause_seconds = min(LONGEST_PAUSE_SECONDS, self._world.settings.retry_seconds * 2 ** (attempts - 1))
        self._world.store.run(
            "UPDATE deliveries SET attempts = ?, last_status = ?, state = ?, due_at = ? WHERE id = ?",
            attempts, status, state, time.time() + pause_seconds, item.id,
        )  # fmt: skip

    async def _nap(self, flying: set[int]) -> None:
        marks = ", ".join(map(str, flying)) or "0"
        sql = f"SELECT min(due_at) FROM deliveries WHERE state = 'pending' AND id NOT IN ({marks})"
        next_at = self._world.store.run(sql)[0][0]
        held = self._faults.first("hold_webhooks") or self._faults.first("reorder_webhooks")
        longest = 0.05 if held else LONGEST_NAP_SECONDS
        nap_seconds = longest if next_at is None else max(0.0, min(longest, float(next_at) - time.time()))
        if held:
            nap_seconds = longest
        try:
            await asyncio.wait_for(self.changed.wait(), nap_seconds)
        except TimeoutError:
            return
