"""Everybody wants the same places at the same moment, over HTTP, and two API processes answer."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.acceptance.crowd import Answer, Client, crowd
from tests.acceptance.system import System, running_system, settings_of

CLIENTS: Final = 500
FIRST: Final = datetime(2029, 6, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def rush() -> Iterator[System]:
    """A system of its own, where a traveller may win as often as chance has it."""
    with running_system(TRAVELLR_API_PROCESSES="2", TRAVELLR_HOLDS_MAX="1000") as running:
        yield running


def test_the_last_seat_is_held_by_exactly_one_of_500_in_each_of_100_rounds(rush: System) -> None:
    answers = _rounds(rush, rounds=100, capacity=1, keys=False)
    assert [_counted(one) for one in answers] == [{201: 1, "sold_out": CLIENTS - 1}] * 100
    _agrees_with_the_log(rush, answers)


def test_of_50_seats_exactly_50_are_held_by_500_in_each_of_20_rounds(rush: System) -> None:
    """With idempotency keys, so that the refusals are kept too."""
    answers = _rounds(rush, rounds=20, capacity=50, keys=True)
    assert [_counted(one) for one in answers] == [{201: 50, "sold_out": CLIENTS - 50}] * 20
    _agrees_with_the_log(rush, answers)


def _rounds(system: System, *, rounds: int, capacity: int, keys: bool) -> list[list[Answer]]:
    listing_id, starts = _listing_with_departures(system, rounds, capacity)

    async def all_at_once() -> list[list[Answer]]:
        async with crowd(settings_of(system), system.state.address, CLIENTS) as clients:
            return [await _everybody(clients, listing_id, starts_at, keys=keys) for starts_at in starts]

    return asyncio.run(all_at_once())


async def _everybody(clients: Sequence[Client], listing_id: str, starts_at: str, *, keys: bool) -> list[Answer]:
    holds = [client.hold(listing_id, starts_at, key=uuid4().hex if keys else None) for client in clients]
    return list(await asyncio.gather(*holds))


def _listing_with_departures(system: System, departures: int, capacity: int) -> tuple[str, list[str]]:
    """A day apart; the listing's id and when they start."""
    vendor = system.somebody("vendor")
    price = {"amount": 5_000, "currency": "EUR"}
    offered = {"title": "Last seats", "kind": "departure", "time_zone": "Europe/Lisbon", "price": price}
    listing_id: str = vendor.post("/listings", {**offered, "terms": "moderate"})["id"]
    starts = [FIRST + timedelta(days=day) for day in range(departures)]
    for at in starts:
        opening = {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=2)).isoformat(), "capacity": capacity}
        vendor.post(f"/listings/{listing_id}/openings", opening)
    return listing_id, [at.isoformat() for at in starts]


def _counted(answers: Sequence[Answer]) -> dict[Any, int]:
    """How often there was which status, or if it is 409, which refusal."""
    return dict(Counter(answer.said["code"] if answer.status == 409 else answer.status for answer in answers))


def _agrees_with_the_log(system: System, answers: Sequence[Sequence[Answer]]) -> None:
    """What was answered is what the log has, each hold once; and what is derived from the log is right."""
    held = [(UUID(a.said["id"]), UUID(a.said["listing_id"])) for one in answers for a in one if a.status == 201]
    listing_ids = {str(listing_id) for _, listing_id in held}
    url = system.state.database_url
    assert url is not None
    with psycopg.connect(url, autocommit=True) as database:
        logged = database.execute(
            "SELECT originator_id FROM log.events WHERE topic = 'booking.held'"
            " AND convert_from(state, 'UTF8')::jsonb->>'listing_id' = ANY(%s)",
            (list(listing_ids),),
        ).fetchall()
    assert sorted(booking_id for (booking_id,) in logged) == sorted(booking_id for booking_id, _ in held)
    assert system.contradictions() == []
    system.travellr("verify")
