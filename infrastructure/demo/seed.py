"""A small lively history for a new system, made by the same requests that anybody could make, and its accounts."""

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Final

import httpx
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.actor import Role
from infrastructure.address import address_of
from infrastructure.database import connect
from infrastructure.demo import deeds
from infrastructure.demo.accounts import Account
from infrastructure.demo.person import Json, Person, move_clock, now_of
from infrastructure.settings import Settings
from infrastructure.staff import ensure

STAFF: Final[tuple[Role, ...]] = ("operator", "finance", "auditor", "admin")
_PASSWORD: Final = "demo_password"  # noqa: S105 - the name of a row, not a password


def seed(settings: Settings) -> list[Account]:
    """Make the demo accounts and their history, once. Returns the accounts, also when they were there."""
    assert settings.database_url is not None
    with connect(settings.database_url, name="seed") as connection:
        password, fresh = _password(connection)
        accounts = [Account(role, f"{role}@demo.example", password) for role in ("traveller", "vendor", *STAFF)]
        if fresh:
            for role in STAFF:
                asyncio.run(ensure(settings, f"{role}@demo.example", role, password))
            with httpx.Client(base_url=address_of(settings), timeout=90, trust_env=False) as http:
                _history(
                    Person(http, "vendor@demo.example", password).register("Demo Vendor", "vendor"),
                    Person(http, "traveller@demo.example", password).register("Demo Traveller", "traveller"),
                )
            connection.execute("INSERT INTO ops.setting VALUES ('demo_seeded', 'yes') ON CONFLICT DO NOTHING")
    return accounts


def _password(connection: Connection[TupleRow]) -> tuple[str, bool]:
    """The demo's password, made once for this folder; and whether the history has still to be made."""
    connection.execute(
        "INSERT INTO ops.setting VALUES (%s, %s) ON CONFLICT DO NOTHING", (_PASSWORD, secrets.token_urlsafe(9))
    )
    rows: dict[str, str] = dict(
        connection.execute(
            "SELECT key, value FROM ops.setting WHERE key IN (%s, 'demo_seeded')", (_PASSWORD,)
        ).fetchall()
    )
    return rows[_PASSWORD], "demo_seeded" not in rows


def _history(vendor: Person, traveller: Person) -> None:
    """Three tours and two weeks of life: bookings kept, declined, cancelled, completed and paid out, and some ahead."""
    deeds.ready_to_be_paid(vendor)
    tours = [
        deeds.list_tour(vendor, "Harbour at dawn", _eur(45), terms="flexible"),
        deeds.list_tour(vendor, "Three summits in a day", _eur(120), terms="moderate"),
        deeds.list_tour(vendor, "Bread and butter: a baker's night", _eur(79), terms="strict"),
    ]
    start = _noon(now_of(vendor))
    for tour in tours:
        for day in (3, 5, 20, 24, 30):
            deeds.open_departure(vendor, tour, start + timedelta(days=day))
    deeds.book_and_pay(traveller, tours[0], start + timedelta(days=3), 2)
    deeds.book_and_pay(traveller, tours[1], start + timedelta(days=5))
    declined = deeds.hold(traveller, tours[2], start + timedelta(days=5))
    deeds.pay(traveller, declined, "pm_card_visa_chargeDeclined")
    changed = deeds.book_and_pay(traveller, tours[0], start + timedelta(days=20))
    move_clock(vendor, timedelta(days=15))
    deeds.cancel_and_be_refunded(traveller, changed)
    deeds.book_and_pay(traveller, tours[2], start + timedelta(days=24), 2)
    deeds.hold(traveller, tours[1], start + timedelta(days=30))


def _eur(whole: int) -> Json:
    return {"amount": whole * 100, "currency": "EUR"}


def _noon(now: datetime) -> datetime:
    return now.replace(hour=12, minute=0, second=0, microsecond=0)
