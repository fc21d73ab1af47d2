"""Ten thousand things done at once to the nights of a stay: never sold twice, never lost, and the log knows it all."""

from datetime import timedelta
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from infrastructure.capacity_replay import compare_capacity
from tests.integration.capacity_walker import NIGHTS, UNITS, Walker, Wish
from tests.integration.world import World, superuser

STAY_MAX: Final = 6
# A walk is one stay; in each of its moments so many things are tried at once. Together they are the ten thousand.
WALKS: Final = 25
MOMENTS: Final = 50
AT_ONCE: Final = 8
STEPS: Final = WALKS * MOMENTS * AT_ONCE

KINDS: Final = ("hold", "hold", "start", "capture", "cancel", "reschedule", "reschedule", "expire")
WISHES: Final = st.builds(
    lambda kind, first, nights, quantity, which: Wish(kind, first, min(nights, NIGHTS - first), quantity, which),
    st.sampled_from(KINDS),
    st.integers(0, NIGHTS - 1),
    st.integers(1, STAY_MAX),
    st.integers(1, UNITS),
    st.integers(0, 50),
)


class Walk(RuleBasedStateMachine):
    def __init__(self, world: World, walked: list[Walker]) -> None:
        super().__init__()
        self.walker = Walker(world)
        walked.append(self.walker)

    @rule(wishes=st.lists(WISHES, min_size=AT_ONCE, max_size=AT_ONCE), minutes=st.sampled_from([0, 0, 0, 1, 6, 16]))
    def everybody_at_once(self, wishes: list[Wish], minutes: int) -> None:
        """After so long; a hold runs out after 15."""
        world = self.walker.world
        world.travel(world.now() + timedelta(minutes=minutes))
        self.walker.all_at_once(wishes)

    @invariant()
    def never_oversold(self) -> None:
        self.walker.assert_never_oversold()

    def teardown(self) -> None:
        self.walker.assert_never_undersold()
        with superuser(self.walker.world.url) as connection:
            assert compare_capacity(connection) == []


def test_places_are_never_oversold_nor_lost_whatever_happens_at_once(world: World) -> None:
    walked: list[Walker] = []

    class Here(Walk):
        def __init__(self) -> None:
            super().__init__(world, walked)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=MOMENTS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert sum(walker.steps for walker in walked) >= STEPS
    done = {row[0] for row in world.rows("SELECT DISTINCT topic FROM log.events")}
    assert {"booking.rescheduled", "booking.expired", "booking.cancelled", "booking.confirmed"} <= done
