"""Flask and SQLAlchemy: CRUD with an ORM, one transaction a booking. Run by gunicorn, two processes with threads."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask import Flask, Response, request
from pydantic import ValidationError
from sqlalchemy import DateTime, Engine, ForeignKey, create_engine, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.peers.bodies import (
    CONNECTIONS,
    DATABASE,
    SECRET,
    NewBooking,
    Refused,
    booking_out,
    fingerprint,
    held,
    setting,
    traveller_of,
)


class Table(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB}


class Listing(Table):
    __tablename__ = "listing"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID]
    title: Mapped[str]
    status: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    terms: Mapped[dict[str, Any]]


class Departure(Table):
    __tablename__ = "departure"
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int]


class Booking(Table):
    __tablename__ = "booking"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    vendor_id: Mapped[UUID]
    traveller_id: Mapped[UUID]
    status: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    quantity: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str]
    refunded_minor: Mapped[int] = mapped_column(default=0)
    terms: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime | None]
    payment_id: Mapped[UUID | None]
    version: Mapped[int]
    created_at: Mapped[datetime]


class Idempotency(Table):
    __tablename__ = "idempotency"
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]


def create_app() -> Flask:
    secret = setting(SECRET)
    url = setting(DATABASE).replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, pool_size=int(setting(CONNECTIONS)), max_overflow=0)
    app = Flask(__name__)

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> Response:
        return Response(refusal.body(), refusal.status, mimetype="application/problem+json")

    @app.post("/bookings")
    def place_hold() -> Response:
        traveller_id = traveller_of(request.headers.get("Authorization"), secret)
        key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 255:
            raise Refused(422, "validation_failed")
        said = request.get_data()
        try:
            new = NewBooking.model_validate_json(said)
        except ValidationError:
            raise Refused(422, "validation_failed") from None
        status, body = _booked_or_known(engine, new, traveller_id, key, fingerprint(request.path, said))
        return Response(body, status, mimetype="application/json")

    @app.get("/bookings/<uuid:booking_id>")
    def get_booking(booking_id: UUID) -> Response:
        traveller_id = traveller_of(request.headers.get("Authorization"), secret)
        with Session(engine) as session:
            booking = session.get(Booking, booking_id)
            if booking is None or booking.traveller_id != traveller_id:
                raise Refused(404, "not_found")
            return Response(booking_out(booking).model_dump_json(), mimetype="application/json")

    return app


def _booked_or_known(engine: Engine, new: NewBooking, traveller_id: UUID, key: str, asked: str) -> tuple[int, str]:
    try:
        with Session(engine) as session, session.begin():
            return 201, _booked(session, new, traveller_id, key, asked)
    except IntegrityError:
        with Session(engine) as session:
            known = session.get_one(Idempotency, (traveller_id, key))
            if known.fingerprint != asked:
                raise Refused(409, "idempotency_mismatch") from None
            return known.status, known.body


def _booked(session: Session, new: NewBooking, traveller_id: UUID, key: str, asked: str) -> str:
    """The answer, which is kept with the booking."""
    row = session.execute(
        update(Departure)
        .where(
            Departure.listing_id == new.listing_id,
            Departure.starts_at == new.starts_at,
            Departure.taken + new.quantity <= Departure.capacity,
            Listing.id == Departure.listing_id,
            Listing.status == "published",
        )
        .values(taken=Departure.taken + new.quantity)
        .returning(Departure.ends_at, Listing.vendor_id, Listing.price_minor, Listing.currency, Listing.terms),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is None:
        there = (
            select(Departure)
            .join(Listing)
            .where(
                Departure.listing_id == new.listing_id,
                Departure.starts_at == new.starts_at,
                Listing.status == "published",
            )
        )
        raise Refused(409, "sold_out") if session.execute(there).first() else Refused(404, "not_found")
    made = held(row, new, traveller_id)
    body = made.model_dump_json()
    session.add(
        Booking(
            **made.model_dump(exclude={"price", "refunded"}),
            price_minor=made.price.amount,
            currency=made.price.currency,
        )
    )
    session.add(Idempotency(account_id=traveller_id, key=key, fingerprint=asked, status=201, body=body))
    return body
