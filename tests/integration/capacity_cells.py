"""Capacity changes on a log of its own, and what they leave in the tables."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.capacity import CapacityChange
from tests.integration.appends import LogOnTheBench, facts


def now(bench: LogOnTheBench) -> datetime:
    at: datetime = bench.rows("SELECT ops.business_now()")[0][0]
    return at


def soon(bench: LogOnTheBench) -> datetime:
    return now(bench) + timedelta(hours=1)


def gone(bench: LogOnTheBench) -> datetime:
    return now(bench) - timedelta(seconds=1)


def change(bench: LogOnTheBench, *changes: CapacityChange) -> None:
    bench.commit(*facts(), capacity=changes)


def cells(bench: LogOnTheBench) -> list[tuple[int, int]]:
    return [(held, sold) for held, sold in bench.rows("SELECT held, sold FROM capacity.cell ORDER BY starts_at")]


def state_of(bench: LogOnTheBench, booking_id: UUID) -> str:
    state: str = bench.rows("SELECT state FROM capacity.claim WHERE booking_id = %s", booking_id)[0][0]
    return state
