"""The task board: a lease has one holder, attempts are counted before they run, and a fence ends a holder."""

import threading
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from commands.append import StaleFence
from commands.vendor_settings import RecordPayoutAccount
from domain.ids import vendor_stream_id
from domain.vendor import Vendor
from tests.integration.board_tasks import leased, new_task, run_out, task_of
from tests.integration.journey import registered
from tests.integration.world import World
from workers.board import ATTEMPTS_MAX, BACKOFF_MAX_S, LEASE_S, Rung


@pytest.fixture
def task_id(world: World) -> UUID:
    return new_task(world)


class TestLease:
    def test_of_eight_threads_one_gets_it(self, world: World) -> None:
        tasks = [new_task(world) for _ in range(20)]
        got: list[tuple[UUID, bool]] = []
        start = threading.Barrier(8)

        def run() -> None:
            for task_id in tasks:
                start.wait(10)
                got.append((task_id, world.board.lease(task_id) is not None))

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(got) == 160
        assert sorted(task_id for task_id, mine in got if mine) == sorted(tasks)

    def test_the_attempt_is_counted_before_it_runs(self, world: World, task_id: UUID) -> None:
        task = leased(world, task_id)
        assert (task.attempt, task.fence) == (1, 1)
        assert task_of(world, task_id) == ("running", 1, 1)

    def test_one_that_is_not_due_yet_is_not_leased(self, world: World, task_id: UUID) -> None:
        world.own.execute("UPDATE board.task SET due_at = clock_timestamp() + interval '1 minute'")
        assert world.board.lease(task_id) is None

    def test_one_that_is_unknown_done_or_parked_is_not_leased(self, world: World, task_id: UUID) -> None:
        assert world.board.lease(uuid4()) is None
        for state in ("done", "parked"):
            world.own.execute("UPDATE board.task SET state = %s", (state,))
            assert world.board.lease(task_id) is None

    def test_one_that_ran_out_is_taken_over(self, world: World, task_id: UUID) -> None:
        first = leased(world, task_id)
        assert world.board.lease(task_id) is None
        run_out(world)
        second = leased(world, task_id)
        assert (second.fence, second.attempt) == (first.fence + 1, 2)

    def test_one_that_is_renewed_does_not_run_out(self, world: World, task_id: UUID) -> None:
        leased(world, task_id)
        run_out(world)
        world.board.renew()
        assert world.board.lease(task_id) is None
        (left,) = world.row("SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM board.task")
        assert 0 < left <= LEASE_S

    def test_a_holder_that_let_go_does_not_renew(self, world: World, task_id: UUID) -> None:
        world.board.let_go(leased(world, task_id))
        run_out(world)
        world.board.renew()
        leased(world, task_id)

    def test_the_first_holder_cannot_let_go_of_the_seconds_lease(self, world: World, task_id: UUID) -> None:
        first = leased(world, task_id)
        run_out(world)
        leased(world, task_id)
        world.board.let_go(first)
        run_out(world)
        world.board.renew()
        assert world.board.lease(task_id) is None

    def test_one_whose_workers_never_come_back_is_parked(self, world: World, task_id: UUID) -> None:
        """A task that kills its process each time never gets to say that it failed."""
        for _ in range(ATTEMPTS_MAX):
            leased(world, task_id)
            run_out(world)
        assert world.board.lease(task_id) is None
        assert task_of(world, task_id)[:2] == ("parked", ATTEMPTS_MAX)
        assert "did not come back" in world.row("SELECT last_error FROM board.task")[0]


class TestFence:
    def test_what_the_first_holder_records_after_a_takeover_is_not_committed(self, world: World, task_id: UUID) -> None:
        vendor_id = registered(world, "vendor").account_id
        assert vendor_id is not None
        first = leased(world, task_id)
        run_out(world)
        second = leased(world, task_id)
        with pytest.raises(StaleFence):
            world.hands.record(first, RecordPayoutAccount(vendor_id, "acct_first", ready=True))
        assert world.hands.load(Vendor, vendor_stream_id(vendor_id)).stripe_account_id is None
        world.hands.record(second, RecordPayoutAccount(vendor_id, "acct_second", ready=True))
        assert world.hands.load(Vendor, vendor_stream_id(vendor_id)).stripe_account_id == "acct_second"
        assert task_of(world, task_id) == ("done", 2, 2)

    def test_the_first_holder_changes_nothing_on_the_board_either(self, world: World, task_id: UUID) -> None:
        first = leased(world, task_id)
        run_out(world)
        leased(world, task_id)
        world.board.finish(first)
        world.board.failed(first, "too late")
        world.board.again(first, 1.0, "too late")
        assert task_of(world, task_id) == ("running", 2, 2)


class TestOutcomes:
    def test_not_yet_does_not_count(self, world: World, task_id: UUID) -> None:
        world.board.again(leased(world, task_id), 60.0, "Stripe says pending")
        assert task_of(world, task_id) == ("due", 0, 1)
        assert world.row("SELECT last_error, due_at > clock_timestamp() + interval '50 s' FROM board.task") == (
            "Stripe says pending",
            True,
        )

    def test_failures_come_again_ever_more_slowly_and_park_in_the_end(self, world: World, task_id: UUID) -> None:
        pauses, parked = [], []
        for attempt in range(1, ATTEMPTS_MAX + 1):
            world.own.execute("UPDATE board.task SET due_at = clock_timestamp()")
            task = leased(world, task_id)
            assert task.attempt == attempt
            parked.append(world.board.failed(task, "x" * 5_000))
            pauses.append(float(world.row("SELECT extract(epoch FROM due_at - clock_timestamp()) FROM board.task")[0]))
        assert parked == [False] * (ATTEMPTS_MAX - 1) + [True]
        assert task_of(world, task_id)[0] == "parked"
        assert all(later > sooner - 0.5 for sooner, later in pairwise(pauses))
        assert 0.5 < pauses[0] <= 1.0
        assert BACKOFF_MAX_S - 1 < pauses[-1] <= BACKOFF_MAX_S
        assert world.row("SELECT length(last_error) FROM board.task") == (1_000,)

    def test_done_is_done(self, world: World, task_id: UUID) -> None:
        world.board.finish(leased(world, task_id))
        assert world.row("SELECT state, done_at IS NOT NULL, lease_until FROM board.task") == ("done", True, None)


def test_due_are_those_that_nobody_does_now(world: World) -> None:
    done, later, held, lost, parked, waiting = (new_task(world) for _ in range(6))
    world.board.finish(leased(world, done))
    world.board.again(leased(world, later), 60.0, "later")
    leased(world, lost)
    run_out(world)
    leased(world, held)
    world.own.execute("UPDATE board.task SET state = 'parked' WHERE task_id = %s", (parked,))
    assert set(world.board.due(10)) == {Rung(lost, "test"), Rung(waiting, "test")}
    assert len(world.board.due(1)) == 1
