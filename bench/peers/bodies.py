"""What both peers say and are told: the bodies of requests and answers, the token, and how a request is recognised."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import jwt
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

DATABASE: Final = "TRAVELLR_BENCH_DATABASE"
SECRET: Final = "TRAVELLR_BENCH_SECRET"  # noqa: S105 - the name of the variable
CONNECTIONS: Final = "TRAVELLR_BENCH_CONNECTIONS"
HOLD_FOR: Final = timedelta(minutes=15)


class Refused(Exception):  # noqa: N818 - an answer
    """An answer other than 2xx, with its code."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code

    def body(self) -> str:
        return json.dumps({"type": f"urn:peer:{self.code}", "title": self.code, "status": self.status})


class NewBooking(BaseModel):
    model_config = ConfigDict(extra="forbid")

    listing_id: UUID
    starts_at: AwareDatetime
    quantity: int = Field(ge=1, le=100_000, strict=True)


class Money(BaseModel):
    amount: int
    currency: str


class BookingOut(BaseModel):
    id: UUID
    listing_id: UUID
    vendor_id: UUID
    traveller_id: UUID
    status: str
    starts_at: datetime
    ends_at: datetime
    quantity: int
    price: Money
    refunded: Money
    terms: dict[str, Any]
    expires_at: datetime | None
    payment_id: UUID | None
    version: int
    created_at: datetime


def held(row: Any, new: NewBooking, traveller_id: UUID) -> BookingOut:
    """The booking that is made; `row` has what the departure and its listing say."""
    now = datetime.now(UTC)
    return BookingOut(
        id=uuid4(),
        listing_id=new.listing_id,
        vendor_id=row.vendor_id,
        traveller_id=traveller_id,
        status="held",
        starts_at=new.starts_at,
        ends_at=row.ends_at,
        quantity=new.quantity,
        price=Money(amount=row.price_minor * new.quantity, currency=row.currency),
        refunded=Money(amount=0, currency=row.currency),
        terms=row.terms,
        expires_at=now + HOLD_FOR,
        payment_id=None,
        version=1,
        created_at=now,
    )


def booking_out(row: Any) -> BookingOut:
    """As it stands in the table."""
    return BookingOut(
        id=row.id,
        listing_id=row.listing_id,
        vendor_id=row.vendor_id,
        traveller_id=row.traveller_id,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        quantity=row.quantity,
        price=Money(amount=row.price_minor, currency=row.currency),
        refunded=Money(amount=row.refunded_minor, currency=row.currency),
        terms=row.terms,
        expires_at=row.expires_at,
        payment_id=row.payment_id,
        version=row.version,
        created_at=row.created_at,
    )


def fingerprint(path: str, body: bytes) -> str:
    return hashlib.sha256(path.encode() + b"\n" + body).hexdigest()


def token_of(account_id: UUID, secret: str) -> str:
    now = datetime.now(UTC)
    return jwt.encode({"sub": str(account_id), "role": "traveller", "exp": now + timedelta(hours=2)}, secret, "HS256")


def traveller_of(authorization: str | None, secret: str) -> UUID:
    """Raises Refused for whatever is not a valid token of a traveller."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(401, "unauthenticated")
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["sub", "role", "exp"]})
        account_id = UUID(claims["sub"])
    except (jwt.InvalidTokenError, ValueError):
        raise Refused(401, "unauthenticated") from None
    if claims["role"] != "traveller":
        raise Refused(403, "not_allowed")
    return account_id


def setting(name: str) -> str:
    return os.environ[name]
