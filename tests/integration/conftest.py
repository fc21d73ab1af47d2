"""The HTTP application on a database of its own, its followers run by hand, so that nothing is left to timing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.edge import Edge
from domain.actor import Role
from infrastructure.database import connect
from infrastructure.settings import Settings
from infrastructure.tokens import Claims
from projections.catalogue import PROJECTIONS
from tests.integration.appends import LogOnTheBench, Nights, log_on_the_bench
from tests.integration.world import World, world_on
from workers.follower import Followed, step

PASSWORD = "correct horse battery"


@dataclass(slots=True)
class Http:
    """A client of the whole application. `person` is whose token the requests carry."""

    app: FastAPI
    settings: Settings
    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def __call__(self, method: str, path: str, person: str | None = None, **request: Any) -> httpx.Response:
        headers = dict(request.pop("headers", {}))
        if person is not None:
            headers["Authorization"] = f"Bearer {self.tokens[person]}"
        return await self.client.request(method, path, headers=headers, **request)

    async def join(self, person: str, role: str) -> str:
        """Register, and have a session without waiting for the password once more; the account's id."""
        email = f"{person}@example.com"
        account = {"email": email, "password": PASSWORD, "full_name": person.title(), "role": role}
        answer = await self("POST", "/auth/register", json=account)
        assert answer.status_code == 201, answer.text
        account_id = UUID(answer.json()["id"])
        await self.sign_in_as(person, account_id, cast("Role", role))
        return str(account_id)

    async def join_staff(self, person: str, role: str) -> None:
        """A token of this role; that `travellr staff add` makes such accounts is tested where it belongs."""
        await self.sign_in_as(person, uuid4(), cast("Role", role))

    async def sign_in_as(self, person: str, account_id: UUID, role: Role) -> None:
        edge: Edge = self.app.state.edge
        session = await edge.sessions.open(account_id, role)
        self.tokens[person] = edge.tokens.access(Claims(account_id, role, session.session_id))

    async def sign_in(self, person: str) -> dict[str, Any]:
        answer = await self("POST", "/auth/login", json={"email": f"{person}@example.com", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        pair: dict[str, Any] = answer.json()
        self.tokens[person] = pair["access_token"]
        return pair

    async def departure(
        self, vendor: str, *, capacity: int = 5, starts_at: str = "2027-06-01T09:00:00Z", **listed: Any
    ) -> str:
        """A published listing with one departure of two hours; its id."""
        price = {"amount": 5_000, "currency": "EUR"}
        body = {"title": "Kayak tour", "kind": "departure", "time_zone": "Europe/Lisbon", "price": price}
        listing = await self("POST", "/listings", vendor, json={**body, "terms": "moderate", **listed})
        assert listing.status_code == 201, listing.text
        listing_id: str = listing.json()["id"]
        ends_at = (datetime.fromisoformat(starts_at) + timedelta(hours=2)).isoformat()
        opening = {"starts_at": starts_at, "ends_at": ends_at, "capacity": capacity}
        opened = await self("POST", f"/listings/{listing_id}/openings", vendor, json=opening)
        assert opened.status_code == 201, opened.text
        return listing_id

    async def hold(self, traveller: str, listing_id: str, quantity: int = 1, **request: Any) -> httpx.Response:
        body = {"listing_id": listing_id, "starts_at": "2027-06-01T09:00:00Z", "quantity": quantity}
        return await self("POST", "/bookings", traveller, json=body, **request)

    async def follow(self) -> None:
        """Bring every read model level with the log, in which what was refused stands, too."""
        edge: Edge = self.app.state.edge
        await edge.house.refused.settled()
        await asyncio.to_thread(self._follow)

    def _follow(self) -> None:
        assert self.settings.database_url is not None
        with connect(self.settings.database_url, name="test") as connection:
            for projection in PROJECTIONS.values():
                while step(connection, Followed(projection)):
                    pass

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        assert self.settings.database_url is not None
        with psycopg.connect(self.settings.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def http(settings: Settings, anyio_backend: str) -> AsyncIterator[Http]:
    """The application on this test's own database, its lifespan started as a server would."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://travellr.test/api/v1") as client,
    ):
        yield Http(app, settings, client)


def is_problem(answer: httpx.Response, status: int, code: str | None = None) -> bool:
    """Asserts that an answer is a complete RFC 9457 problem; True, so that it reads as an assertion."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "correlation_id"}
    assert problem["status"] == status
    assert answer.headers["x-correlation-id"]
    assert code is None or problem["code"] == code, problem
    return True


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The whole system on this test's own database, without Stripe; who needs Stripe has a `world` of its own."""
    with world_on(database_url, tmp_path) as world:
        yield world


@pytest.fixture
def bench(database_url: str) -> Iterator[LogOnTheBench]:
    with log_on_the_bench(database_url) as bench:
        yield bench


@pytest.fixture
def nights() -> Nights:
    return Nights(uuid4())
