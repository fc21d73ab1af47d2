"""Who takes part over HTTP: the same offers, as many travellers, and how the bookings in the database are counted."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from api.app import create_app
from api.edge import Edge
from bench.http_load import ask_all
from bench.http_servers import fastapi_crud, flask_crud, settings_of, travellr
from bench.peers.bodies import token_of
from bench.place import Place, superuser
from domain.actor import Role
from domain.terms import PRESETS
from infrastructure.settings import Settings
from infrastructure.tokens import Claims

# Each asks some thirty times in a whole run, as somebody does who looks around, holds and pays with one token.
TRAVELLERS: Final = 2_000
LISTINGS: Final = 200
DEPARTURES_EACH: Final = 5
CAPACITY: Final = 100_000
PRICE: Final = {"amount": 4_500, "currency": "EUR"}
FIRST: Final = datetime(2027, 6, 1, 9, tzinfo=UTC)
LENGTH: Final = timedelta(hours=3)
SECRET: Final = "a secret that only this benchmark knows"  # noqa: S105 - and forgets
PATIENCE_S: Final = 60.0
_TABLES: Final = Path(__file__).parent / "peers" / "tables.sql"


@dataclass(frozen=True, slots=True)
class Offer:
    listing_id: str
    starts_at: str


class Made(msgspec.Struct, frozen=True):
    """What is asked of the answer to a booking."""

    id: str
    traveller_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Contestant:
    """`bookings` counts what is in the database; `settle` waits for what is still done after the answers."""

    name: str
    port: int
    base: str
    tokens: dict[str, str]
    offers: Sequence[Offer]
    bookings: Callable[[], int]
    settle: Callable[[], None]

    def holds(self) -> Iterator[bytes]:
        """One place each: another traveller and another departure every time, each with a key of its own."""
        for token, offer in zip(cycle(self.tokens.values()), cycle(self.offers), strict=False):
            said = {"listing_id": offer.listing_id, "starts_at": offer.starts_at, "quantity": 1}
            yield request("POST", f"{self.base}/bookings", token, said, key=uuid4().hex)

    def looks(self, made: Sequence[Made]) -> Iterator[bytes]:
        """Each of these bookings, by its traveller, round and round."""
        for booking in cycle(made):
            yield request("GET", f"{self.base}/bookings/{booking.id}", self.tokens[booking.traveller_id])


def request(method: str, path: str, token: str, said: Any = None, *, key: str | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}"]
    body = b"" if said is None else json.dumps(said).encode()
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if key is not None:
        lines.append(f"Idempotency-Key: {key}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def ours(place: Place) -> Iterator[Contestant]:
    url = place.migrated("travellr")
    settings = settings_of(place, url)
    travellers = [uuid4() for _ in range(TRAVELLERS)]
    tokens = asyncio.run(_sessions(settings, travellers, "traveller"))
    with travellr(place, settings) as port, superuser(url) as connection:

        def bookings() -> int:
            row = connection.execute("SELECT count(*) FROM log.events WHERE topic = 'booking.held'").fetchone()
            assert row is not None
            return int(row[0])

        def settle() -> None:
            """Until every follower has read what there is: their work is not done in another contestant's time."""
            deadline = time.monotonic() + PATIENCE_S
            behind = "SELECT 1 FROM ops.follower WHERE position < (SELECT max(notification_id) FROM log.events)"
            while connection.execute(behind).fetchone():
                assert time.monotonic() < deadline
                time.sleep(0.02)

        (vendor,) = asyncio.run(_sessions(settings, [uuid4()], "vendor")).values()
        offers = asyncio.run(_offers(port, vendor))
        yield Contestant("Travellr", port, "/api/v1", tokens, offers, bookings, settle)


async def _sessions(settings: Settings, account_ids: Sequence[UUID], role: Role) -> dict[str, str]:
    """A token of an open session for each account, without the quarter of a second that a password takes."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        edge: Edge = app.state.edge
        left = iter(account_ids)
        tokens: dict[str, str] = {}

        async def some() -> None:
            for account_id in left:
                session = await edge.sessions.open(account_id, role)
                tokens[str(account_id)] = edge.tokens.access(Claims(account_id, role, session.session_id))

        await asyncio.gather(*(some() for _ in range(16)))
    return tokens


async def _offers(port: int, vendor: str) -> list[Offer]:
    listing = {"title": "Kayak", "kind": "departure", "time_zone": "Europe/Lisbon", "price": PRICE, "terms": "moderate"}
    requests = [request("POST", "/api/v1/listings", vendor, listing) for _ in range(LISTINGS)]
    answers = await ask_all(port, iter(requests), 8)
    assert all(answer.status == 201 for answer in answers), answers[0]
    offers = [Offer(json.loads(answer.body)["id"], at) for answer in answers for at in _starts()]
    openings = [
        request(
            "POST",
            f"/api/v1/listings/{offer.listing_id}/openings",
            vendor,
            {"starts_at": offer.starts_at, "ends_at": _end(offer.starts_at), "capacity": CAPACITY},
        )
        for offer in offers
    ]
    opened = await ask_all(port, iter(openings), 8)
    assert all(answer.status == 201 for answer in opened), opened[0]
    return offers


def _starts() -> list[str]:
    return [(FIRST + timedelta(days=day)).isoformat() for day in range(DEPARTURES_EACH)]


def _end(starts_at: str) -> str:
    return (datetime.fromisoformat(starts_at) + LENGTH).isoformat()


@contextmanager
def fastapi_and_psycopg(place: Place) -> Iterator[Contestant]:
    with fastapi_crud(place, place.empty("fastapi"), SECRET) as port:
        yield _peer(place, "FastAPI + psycopg CRUD", "fastapi", port)


@contextmanager
def flask_and_sqlalchemy(place: Place) -> Iterator[Contestant]:
    with flask_crud(place, place.empty("flask"), SECRET) as port:
        yield _peer(place, "Flask + SQLAlchemy CRUD", "flask", port)


def _peer(place: Place, name: str, database: str, port: int) -> Contestant:
    """With the tables and offers of a peer; one of its bookings is a row."""
    url = place.server.url(database)
    travellers = [uuid4() for _ in range(TRAVELLERS)]
    offers = [Offer(listing_id, at) for listing_id in [str(uuid4()) for _ in range(LISTINGS)] for at in _starts()]
    terms = msgspec.json.encode(PRESETS["moderate"]).decode()
    with superuser(url) as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_TABLES.read_bytes())
        vendor_id = uuid4()
        cursor.executemany(
            "INSERT INTO listing VALUES (%s, %s, 'Kayak', 'published', %s, %s, %s)",
            [(i, vendor_id, PRICE["amount"], PRICE["currency"], terms) for i in {o.listing_id for o in offers}],
        )
        cursor.executemany(
            "INSERT INTO departure VALUES (%s, %s, %s, %s)",
            [(offer.listing_id, offer.starts_at, _end(offer.starts_at), CAPACITY) for offer in offers],
        )

    def bookings() -> int:
        with superuser(url) as connection:
            row = connection.execute("SELECT count(*) FROM booking").fetchone()
            assert row is not None
            return int(row[0])

    tokens = {str(account_id): token_of(account_id, SECRET) for account_id in travellers}
    return Contestant(name, port, "", tokens, offers, bookings, lambda: None)
