"""FastAPI and psycopg: asynchronous CRUD, one transaction a booking. Run by uvicorn, two processes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request, Response
from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation
from psycopg.rows import namedtuple_row
from psycopg.types.json import Json
from psycopg_pool import AsyncConnectionPool

from bench.peers.bodies import (
    CONNECTIONS,
    DATABASE,
    SECRET,
    BookingOut,
    NewBooking,
    Refused,
    booking_out,
    fingerprint,
    held,
    setting,
    traveller_of,
)

Pool = AsyncConnectionPool[AsyncConnection[Any]]

_TAKE = """
    UPDATE departure AS d SET taken = taken + %(quantity)s
      FROM listing AS l
     WHERE d.listing_id = %(listing_id)s AND d.starts_at = %(starts_at)s AND d.taken + %(quantity)s <= d.capacity
       AND l.id = d.listing_id AND l.status = 'published'
    RETURNING d.ends_at, l.vendor_id, l.price_minor, l.currency, l.terms
"""
_IS_THERE = """
    SELECT FROM departure JOIN listing ON id = listing_id
     WHERE listing_id = %s AND starts_at = %s AND status = 'published'
"""
_BOOK = """
    INSERT INTO booking (id, listing_id, vendor_id, traveller_id, status, starts_at, ends_at, quantity, price_minor,
                         currency, terms, expires_at, version, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_KEEP = "INSERT INTO idempotency (account_id, key, fingerprint, status, body) VALUES (%s, %s, %s, %s, %s)"
_KNOWN = "SELECT fingerprint, status, body FROM idempotency WHERE account_id = %s AND key = %s"


def create_app() -> FastAPI:
    secret = setting(SECRET)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        size = int(setting(CONNECTIONS))
        # autocommit: a read is one round trip, and what belongs together is in a transaction of its own.
        kwargs: dict[str, Any] = {"autocommit": True, "row_factory": namedtuple_row}
        async with AsyncConnectionPool(setting(DATABASE), kwargs=kwargs, min_size=size, max_size=size) as pool:
            app.state.pool = pool
            yield

    async def pool_of(request: Request) -> Pool:
        pool: Pool = request.app.state.pool
        return pool

    async def traveller(authorization: Annotated[str | None, Header()] = None) -> UUID:
        return traveller_of(authorization, secret)

    app = FastAPI(lifespan=lifespan)

    @app.exception_handler(Refused)
    async def refused(_: Request, refusal: Refused) -> Response:
        return Response(refusal.body(), refusal.status, media_type="application/problem+json")

    @app.post("/bookings", status_code=201, response_model=BookingOut)
    async def place_hold(
        request: Request,
        new: NewBooking,
        pool: Annotated[Pool, Depends(pool_of)],
        traveller_id: Annotated[UUID, Depends(traveller)],
        idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
    ) -> Response:
        asked = fingerprint(request.url.path, await request.body())
        async with pool.connection() as connection:
            try:
                body = await _booked(connection, new, traveller_id, idempotency_key, asked)
            except UniqueViolation:
                status, body = await _known(connection, traveller_id, idempotency_key, asked)
                return Response(body, status, media_type="application/json")
        return Response(body, 201, media_type="application/json")

    @app.get("/bookings/{booking_id}", response_model=BookingOut)
    async def get_booking(
        booking_id: UUID, pool: Annotated[Pool, Depends(pool_of)], traveller_id: Annotated[UUID, Depends(traveller)]
    ) -> Response:
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT * FROM booking WHERE id = %s AND traveller_id = %s", (booking_id, traveller_id)
            )
            row = await cursor.fetchone()
        if row is None:
            raise Refused(404, "not_found")
        return Response(booking_out(row).model_dump_json(), media_type="application/json")

    return app


async def _booked(connection: AsyncConnection[Any], new: NewBooking, traveller_id: UUID, key: str, asked: str) -> str:
    """The answer, which is kept with the booking. Raises UniqueViolation if this key was answered before."""
    async with connection.transaction():
        cursor = await connection.execute(
            _TAKE, {"quantity": new.quantity, "listing_id": new.listing_id, "starts_at": new.starts_at}
        )
        row = await cursor.fetchone()
        if row is None:
            cursor = await connection.execute(_IS_THERE, (new.listing_id, new.starts_at))
            raise Refused(409, "sold_out") if cursor.rowcount else Refused(404, "not_found")
        made = held(row, new, traveller_id)
        body = made.model_dump_json()
        await connection.execute(
            _BOOK,
            (
                made.id,
                made.listing_id,
                made.vendor_id,
                made.traveller_id,
                made.status,
                made.starts_at,
                made.ends_at,
                made.quantity,
                made.price.amount,
                made.price.currency,
                Json(made.terms),
                made.expires_at,
                made.version,
                made.created_at,
            ),
        )
        await connection.execute(_KEEP, (traveller_id, key, asked, 201, body))
    return body


async def _known(connection: AsyncConnection[Any], traveller_id: UUID, key: str, asked: str) -> tuple[int, str]:
    cursor = await connection.execute(_KNOWN, (traveller_id, key))
    known = await cursor.fetchone()
    assert known is not None
    if known.fingerprint != asked:
        raise Refused(409, "idempotency_mismatch")
    return known.status, known.body
