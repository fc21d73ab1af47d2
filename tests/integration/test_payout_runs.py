"""Payout runs that are killed at each step, started twice at once, and repeated from a backup: nobody is paid twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from commands.draft_payout import DraftPayout
from commands.payout_run import StartPayoutRun
from domain.payout_run import PayoutRun
from domain.periods import cutoff_of
from infrastructure.embedded.postgres import PostgresServer
from tests.integration.paydays import Deaths, Payday, fragile, work_until_killed
from tests.integration.servers import StripeSandbox, own_database
from tests.integration.world import FOLLOWED, World, world_on
from workers.follower import step


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


def test_a_run_pays_everybody_once_and_says_who_was_not(world: World, stripe_sandbox: StripeSandbox) -> None:
    payday = Payday(world)
    payday.start()
    payday.until_paid()
    payday.check_everybody_was_paid_once(stripe_sandbox)
    payday.start()
    world.settle()
    payday.check_everybody_was_paid_once(stripe_sandbox)
    assert world.in_peace()


def test_a_worker_that_is_killed_at_every_step_pays_everybody_once(world: World, stripe_sandbox: StripeSandbox) -> None:
    payday = Payday(world)
    payday.start()
    deaths = Deaths()
    mortal, kills = fragile(world, deaths), 0
    for _ in range(400):
        mortal.follow()
        mortal.hurry()
        deaths.dead = False
        kills += work_until_killed(mortal)
        if world.rows("SELECT 1 FROM read.payout WHERE status = 'paid' HAVING count(*) = %s", payday.ready):
            break
    payday.until_paid()
    world.settle()
    assert kills > 30
    payday.check_everybody_was_paid_once(stripe_sandbox)


def test_runs_that_are_started_at_once_are_one(world: World, stripe_sandbox: StripeSandbox) -> None:
    payday = Payday(world)
    cutoff = cutoff_of(payday.period_end, "UTC")
    drafts = [DraftPayout(v.vendor_id, "EUR", "weekly", payday.period_end, cutoff) for v in payday.vendors]
    starts = [StartPayoutRun("weekly", "UTC", payday.period_end)] * 4
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(world.do, [*starts, *drafts, *drafts, *drafts]))
    payday.until_paid()
    payday.check_everybody_was_paid_once(stripe_sandbox)


def test_a_run_begun_behind_read_models_leaves_nobody_out(world: World, stripe_sandbox: StripeSandbox) -> None:
    """Who waits for money is asked of read models; a run does not begin before they know all that was earned."""
    payday = Payday(world)
    for table in (b"vendor_line", b"vendor_balance", b"statement_line"):
        world.own.execute(b"DELETE FROM read." + table)
    world.own.execute("UPDATE ops.follower SET position = 0 WHERE name = 'vendor_money'")
    payday.start()
    for followed in FOLLOWED:
        while followed.projection.name != "vendor_money" and step(world.own, followed):
            pass
    world.work()
    assert world.hands.load(PayoutRun, payday.run_id).finished is False
    payday.until_paid()
    payday.check_everybody_was_paid_once(stripe_sandbox)


def test_after_a_backup_is_restored_nobody_is_paid_again(
    cluster: PostgresServer, database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox
) -> None:
    """The backup knows nothing of what was sent after it; Stripe does."""
    name = urlsplit(database_url).path.lstrip("/")
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        payday = Payday(world)
    with own_database(cluster, template=name) as backup:
        with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
            payday.start(world)
            payday.until_paid(world)
        with world_on(backup, tmp_path, stripe=stripe_sandbox.url) as restored:
            assert restored.rows("SELECT 1 FROM read.payout") == []
            payday.start(restored)
            payday.until_paid(restored)
            payday.check_everybody_was_paid_once(stripe_sandbox, restored)
