"""Holds a second at 32 clients, on one hot departure and spread over many: ours beside two designs in bare SQL."""

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import cycle
from statistics import median
from typing import Final
from uuid import UUID

from bench.hold_peers import CAPACITY, HoldPeers, hold_peers
from bench.journeys import held
from bench.loops import tasks_per_s
from bench.makings import ANSWER, DEPARTS_AT, META, create_listing, key_of
from bench.ours import Ours, ours
from bench.part import Part, rows_of
from bench.pgbench import pgbench
from bench.place import Place
from bench.rounds import Rates, alternate, percentile, ratio
from bench.scale import Scale
from commands.append import Answer, Meta
from commands.dispatch import Reply, dispatch
from commands.open_departures import OpenDepartures
from commands.place_hold import PlaceHold
from domain.actor import Actor
from domain.capacity import Cell
from domain.policy import Policy
from domain.refusal import Refusal
from infrastructure.new_id import new_id

CLIENTS: Final = 32
OURS: Final = "PlaceHold, ours"
CONDITIONAL: Final = "conditional UPDATE, pgbench"
EXCLUSION: Final = "exclusion constraint, pgbench"


class Holds:
    """Travellers who hold a place each, with a key of their own; it keeps how long half and most of a turn waited."""

    def __init__(self, we: Ours, listings: Sequence[UUID]) -> None:
        self._we = we
        self._turns = cycle(listings)
        self._waited_ms: list[float] = []
        self.p50_ms: list[float] = []
        self.p99_ms: list[float] = []

    def per_s(self, seconds: float) -> float:
        self._waited_ms = []
        rate = self._we.run(tasks_per_s(self._hold, CLIENTS, seconds))
        self.p50_ms.append(percentile(self._waited_ms, 50))
        self.p99_ms.append(percentile(self._waited_ms, 99))
        return rate

    async def _hold(self, _client: int) -> None:
        traveller_id = new_id()
        reply = Reply(key_of(traveller_id), lambda _: ANSWER, _refused)
        meta = Meta(Actor(traveller_id, "traveller"), "PlaceHold", META.correlation_id)
        hold = PlaceHold(new_id(), next(self._turns), DEPARTS_AT, None, 1)
        begun = time.perf_counter()
        await dispatch(hold, log=self._we.log, policy=Policy(), meta=meta, reply=reply)
        self._waited_ms.append((time.perf_counter() - begun) * 1000)


def measure(place: Place, scale: Scale) -> Part:
    peers = hold_peers(pgbench(place, place.empty("hold_peers")), held(), scale.hold_departures)
    with ours(place.migrated("holds")) as we:
        listings = [we.run(_listing_with_a_departure(we)) for _ in range(scale.hold_departures)]
        spread_out, _, _ = _turns(we, peers, listings, scale)
        hot, p50_ms, p99_ms = _turns(we, peers, listings[:1], scale)
    rows = rows_of(hot, OURS, "hot: ") + rows_of(spread_out, OURS, "spread: ")
    figures = {"hot_hold_vs_sql": ratio(hot[OURS], hot[CONDITIONAL]).median, "hot_hold_p99_ms": p99_ms}
    notes = (
        f"{CLIENTS} clients; hot is one departure, spread are {scale.hold_departures:,} of as many listings.",
        "All write event, claim and kept answer, durably; the peers in one statement, and without looking first.",
        f"On the hot departure half of ours are answered within {p50_ms:.0f} ms, 99 of 100 within {p99_ms:.0f} ms.",
    )
    return Part("Holds", "holds/s", rows, figures, notes)


def _turns(we: Ours, peers: HoldPeers, listings: Sequence[UUID], scale: Scale) -> tuple[Rates, float, float]:
    """The rates, and how many milliseconds half and 99 of 100 of ours waited."""
    holds, departures = Holds(we, listings), len(listings)
    contestants = {
        OURS: partial(holds.per_s, scale.seconds),
        CONDITIONAL: partial(peers.conditional_per_s, departures, CLIENTS, scale.seconds),
        EXCLUSION: partial(peers.exclusion_per_s, departures, CLIENTS, scale.seconds),
    }
    Holds(we, listings).per_s(scale.seconds)
    rates = alternate(contestants, scale.rounds)
    return rates, median(holds.p50_ms), median(holds.p99_ms)


async def _listing_with_a_departure(we: Ours) -> UUID:
    listing_id = new_id()
    departure = Cell(DEPARTS_AT, DEPARTS_AT + timedelta(hours=4), CAPACITY)
    for command in (
        create_listing(listing_id, draft=False),
        OpenDepartures(new_id(), listing_id, (departure,)),
    ):
        await dispatch(command, log=we.log, policy=Policy(), meta=META)
    return listing_id


def _refused(refusal: Refusal) -> Answer:
    raise AssertionError(refusal)
