"""How much of everything a run does."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    rounds: int
    seconds: float  # Of one contestant in one round.
    writers: tuple[int, ...]
    rebuild_bookings: int
    library_bookings: int  # The library's runner gets fewer, and its time is taken per event.
    growth_events: tuple[int, ...]
    growth_rounds: int
    growth_appends: int
    lag_seconds: float
    lag_appends_per_s: int
    http_rounds: int
    http_seconds: float
    http_connections: tuple[int, ...]
    search_listings: int = 100_000
    search_questions: int = 100
    hold_departures: int = 1_000
    payout_vendors: tuple[int, int] = (1_000, 10_000)
    payout_questions: int = 200


FULL: Final = Scale(
    3, 1.5, (1, 8, 32), 20_000, 300, (10_000, 100_000, 1_000_000), 5, 8_000, 20.0, 200, 5, 2.0, (16, 64)
)
# Only shows that it runs: the names of its figures promise sizes that it does not have.
QUICK: Final = Scale(
    1,
    0.3,
    (1, 32),
    200,
    10,
    (100, 200, 1_000),
    1,
    200,
    2.0,
    100,
    1,
    0.3,
    (64,),
    search_listings=1_000,
    search_questions=3,
    hold_departures=20,
    payout_vendors=(10, 20),
    payout_questions=3,
)
