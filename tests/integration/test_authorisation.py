"""Every operation, as every role, on one's own, somebody else's and an absent thing: as the table of roles has it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from api.edge import Edge
from api.roles import ALLOWED
from api.roles_document import expected, whose
from commands.adjust import ProposeAdjustment
from commands.cancel_departure import StartDepartureCancellation
from commands.open_departures import OpenDepartures
from commands.reconcile import SuspendEntry
from commands.webhook_endpoints import RegisterWebhookEndpoint
from domain.actor import STAFF, Actor, Role
from domain.balance_entry import BalanceEntry
from domain.capacity import Cell as PlaceInTime
from domain.money import Money
from infrastructure.audit.keys import SealKeys
from infrastructure.tokens import Claims
from tests.integration.conftest import Http
from tests.integration.journey import DAY, PRICE, Journey, registered
from tests.integration.more_journeys import closed
from tests.integration.payout_journey import by_file
from tests.integration.sample_bodies import Json, body_of, query_of
from tests.integration.sealed import seal_all
from tests.integration.world import FOLLOWED, World, running, world_on

pytestmark = pytest.mark.anyio

ROLES: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "system")
THINGS = ("own", "other", "absent")
# What would take from the others what they ask about: done by somebody of their own.
LEAVING = frozenset({"erase_me"})
# Where the smallest body that is allowed would be refused before anybody looks whose the thing is.
BODIES: dict[str, Json] = {
    "start_payment": {"payment_method": "pm_card_visa"},
    "register_webhook": {"url": "http://127.0.0.1:9/"},
    "change_cells": {"from": "2027-06-01", "to": "2027-06-02", "capacity": 100},
    "pay_refund_otherwise": {"reference": "by hand 7"},
    "open_cells": {"starts_at": "2027-06-01T09:00:00Z", "ends_at": "2027-06-01T11:00:00Z", "capacity": 1},
}


@dataclass(frozen=True)
class Cell:
    """One thing that is tried: who, what, whose."""

    operation: str
    method: str
    path: str
    role: Role
    thing: str

    def __str__(self) -> str:
        return f"{self.role}: {self.method} {self.path} ({self.thing})"


def things_of(journey: Journey) -> dict[str, Any]:
    """One thing of each kind that there is in a journey, by the name that it has in paths."""
    world = journey.world
    kept, cancelled, contested, completed = (journey.confirmed() for _ in range(4))
    journey.cancelled(cancelled, journey.vendor)
    journey.refund_seen(cancelled, PRICE, "pending")
    journey.contested(contested, "lost")
    journey.payable(f"acct_{journey.listing_id}")
    journey.earned(completed)
    payout_id = journey.paid_out()
    adjustment_id = uuid4()
    proposed = ProposeAdjustment(adjustment_id, journey.vendor_id, Money(1_00, "EUR"), "compensation", "letter 7")
    world.do(proposed, Actor(uuid4(), "finance"))
    stray = BalanceEntry(f"txn_stray_{adjustment_id}", 5_00, 0, "EUR")
    stray_id = world.do(SuspendEntry(stray, "topup", None)).id
    departures, day = uuid4(), world.now() + DAY
    world.do(OpenDepartures(uuid4(), journey.listing_id, (PlaceInTime(day, day + DAY / 2, 5),)), journey.vendor)
    called_off = StartDepartureCancellation(departures, journey.listing_id, day, day + DAY, "storm", 0)
    world.do(called_off, Actor(uuid4(), "operator"))
    file_id = uuid4()
    by_file(journey, registered(world, "vendor"), file_id)
    world.follow()
    closed(world, days=1)
    world.follow()
    (refund_id,) = world.row("SELECT refund_id FROM read.refund WHERE booking_id = %s", cancelled)
    (dispute_id,) = world.row("SELECT dispute_id FROM read.dispute WHERE booking_id = %s", contested)
    (run_id,) = world.rows("SELECT run_id FROM read.payout_run")[-1]
    (task_id,) = world.rows("SELECT task_id FROM board.task")[-1]
    return {
        "listing_id": journey.listing_id,
        "booking_id": kept,
        "payment_id": journey.payment_ids[cancelled],
        "refund_id": refund_id,
        "dispute_id": dispute_id,
        "payout_id": payout_id,
        "run_id": run_id,
        "task_id": task_id,
        "vendor_id": journey.vendor_id,
        "adjustment_id": adjustment_id,
        "file_id": file_id,
        "entry_id": stray_id,
        "departure-cancellations/run_id": departures,
        "stream_id": kept,
        "replay_id": replay_of(world),
        **webhook_of(world, journey.vendor),
        "day": world.row("SELECT max(day) FROM read.daily_close")[0],
    }


def webhook_of(world: World, vendor: Actor) -> dict[str, UUID]:
    """An endpoint that is there, and a delivery to it that came to nothing."""
    endpoint_id, delivery_id = uuid4(), uuid4()
    world.do(RegisterWebhookEndpoint(endpoint_id, "http://127.0.0.1:9/", ("payout.failed",)), vendor)
    world.own.execute(
        "INSERT INTO webhook.delivery (delivery_id, endpoint_id, type, stream_id, version, state)"
        " VALUES (%s, %s, 'webhook.ping', %s, 0, 'failed')",
        (delivery_id, endpoint_id, endpoint_id),
    )
    return {"endpoint_id": endpoint_id, "delivery_id": delivery_id}


def replay_of(world: World) -> UUID:
    """A replay that is over and whose rows are gone."""
    replay_id = uuid4()
    world.own.execute("INSERT INTO ops.replay (replay_id, keep, state) VALUES (%s, false, 'finished')", (replay_id,))
    return replay_id


class Stage:
    """Two journeys, whose people know nothing of each other, and somebody of each role of the staff."""

    def __init__(self, http: Http, world: World) -> None:
        self.http = http
        self.world = world
        mine = Journey(world)
        self.own = things_of(mine)
        theirs = Journey(world)
        self.others = things_of(theirs)
        seal_all(world.own, SealKeys.of(world.settings))
        self.people: dict[Role, Actor] = {"traveller": mine.traveller, "vendor": mine.vendor}
        self.people |= {role: registered(world, role) for role in ROLES if role in STAFF}
        self.stranger = theirs.traveller.account_id
        self.api: Json = http.app.openapi()

    def cells(self) -> Iterator[tuple[Cell, Json]]:
        for path, methods in self.api["paths"].items():
            for method, operation in methods.items():
                if operation["operationId"] in ALLOWED:
                    for role in ROLES:
                        for thing in THINGS if whose(operation["operationId"], path) else ("own",):
                            yield Cell(operation["operationId"], method.upper(), path, role, thing), operation

    async def told(self, cell: Cell, operation: Json) -> str:
        """What came of it, in the words of the table."""
        leaves = cell.operation in LEAVING
        actor = await asyncio.to_thread(registered, self.world, cell.role) if leaves else self.people[cell.role]
        assert actor.account_id is not None
        edge: Edge = self.http.app.state.edge
        session = await edge.sessions.open(actor.account_id, cell.role)
        headers = {
            "Authorization": f"Bearer {edge.tokens.access(Claims(actor.account_id, cell.role, session.session_id))}"
        }
        path = await self._filled(cell, actor.account_id, session.session_id)
        body = BODIES.get(cell.operation) or body_of(operation, self.api)
        if body is not None and "vendor_id" in body:
            body["vendor_id"] = str(self.own["vendor_id"])
        query = query_of(operation, self.api)
        url = f"http://travellr.test{path}?{query}"
        answer = await self.http.client.request(cell.method, url, headers=headers, json=body)
        assert answer.status_code < 500, (str(cell), answer.text)
        assert answer.status_code != 401 or answer.json()["code"] != "unauthenticated", (str(cell), answer.text)
        if answer.status_code == 403 and answer.json()["code"] == "not_allowed":
            return "forbidden"
        if answer.status_code == 404:
            return "absent"
        if answer.status_code == 422 and cell.thing != "own":
            return f"422, so it was not tried: {answer.text}"
        return "may"

    async def _filled(self, cell: Cell, account_id: UUID, session_id: UUID) -> str:
        """The path with the thing in it."""
        named = self.own if cell.thing == "own" else self.others
        edge: Edge = self.http.app.state.edge
        assert self.stranger is not None
        if "{session_id}" in cell.path:
            foreign = (await edge.sessions.open(self.stranger, "traveller")).session_id
            named = {"session_id": session_id if cell.thing == "own" else foreign}
        if "{subscription_id}" in cell.path:
            named = {"subscription_id": self._subscribed(account_id if cell.thing == "own" else self.stranger)}
        if "{account_id}" in cell.path:
            named = {"account_id": account_id if cell.thing == "own" else self.stranger}
        if "departure-cancellations/{run_id}" in cell.path:
            named = {"run_id": named["departure-cancellations/run_id"]}
        if cell.operation == "remove_webhook" and cell.thing == "own":
            named = await asyncio.to_thread(webhook_of, self.world, self.people["vendor"])
        absent: dict[str, Any] = {name: date(2001, 1, 1) if name == "day" else uuid4() for name in named}
        return cell.path.format(**(absent if cell.thing == "absent" else named))

    def _subscribed(self, account_id: UUID) -> UUID:
        """A browser of theirs that takes push messages."""
        subscription_id = uuid4()
        self.world.own.execute(
            "INSERT INTO people.push_subscription (subscription_id, account_id, endpoint_index, sealed)"
            " VALUES (%s, %s, %s, '')",
            (subscription_id, account_id, str(subscription_id)),
        )
        return subscription_id


@pytest.fixture
async def stage(http: Http) -> AsyncIterator[Stage]:
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, http.settings.home) as world:
        made = await asyncio.to_thread(Stage, http, world)
        http.app.state.edge.watching.end_all()  # A stream says what is, and ends.
        with running(world.url, *FOLLOWED, listen=True):
            yield made


async def test_every_cell_of_the_table_is_as_the_table_says(stage: Stage) -> None:
    wrong, tried = [], Counter[str]()
    for cell, operation in stage.cells():
        should = expected(cell.operation, cell.path, cell.role, cell.thing)
        told = await stage.told(cell, operation)
        tried[should] += 1
        if told != should:
            wrong.append(f"{cell}: {told}, and should be: {should}")
    assert not wrong, "\n".join(wrong)
    assert sum(tried.values()) > 1_000, tried
    assert min(tried.values()) > 100, tried


async def test_nothing_is_done_without_a_token(stage: Stage) -> None:
    asked = {(cell.method, cell.path): operation for cell, operation in stage.cells()}
    for (method, path), operation in asked.items():
        filled = path.format(**{name: uuid4() for name in [*stage.own, "session_id", "subscription_id", "account_id"]})
        answer = await stage.http.client.request(
            method, f"http://travellr.test{filled}", json=body_of(operation, stage.api)
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), (method, path)
    assert len(asked) == len(ALLOWED)
