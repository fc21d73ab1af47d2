"""`python -m bench.payout_run DATABASE_URL HOME`: one weekly payout run in a process of its own, and what it took.

The run is the product's own: the command that begins it, the task that reacting to it makes, its actor with a command
for each vendor, and the followers that read it all. Only what it asks of Stripe is left out: that is Stripe's time.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from bench.payout_books import FOLLOWED
from commands.payout_run import StartPayoutRun
from infrastructure.database import DERIVED, connect
from infrastructure.settings import load_settings
from workers.follower import Followed, step
from workers.perform import perform
from workers.processes import equipped
from workers.react import REACT

NOWHERE: Final = {"redis_url": "redis://127.0.0.1:9", "stripe_api_base": "http://127.0.0.1:9"}


def main(database_url: str, home: str) -> None:
    settings = load_settings({}, home=Path(home), database_url=database_url, stripe_api_key="sk_test_bench", **NOWHERE)
    everybody = [*(Followed(projection) for projection in FOLLOWED), Followed(REACT, schema="board")]
    with (
        equipped(settings, "bench") as (hands, board, _),
        connect(database_url, name="bench", options=DERIVED) as following,
    ):
        hands.dispatch(StartPayoutRun("weekly", "UTC"), because="bench")
        _follow(following, everybody)
        (run,) = (task for task in board.due(10) if task.kind == "draft_payouts")
        begun = time.perf_counter()
        perform(run.task_id, board, hands)
        drafted, drafting_peak_mb = time.perf_counter(), _peak_mb()
        _follow(following, everybody)
        followed = time.perf_counter()
        row = following.execute(
            "SELECT payouts, (SELECT count(*) FROM read.payout_line) FROM read.payout_run WHERE status = 'finished'"
        ).fetchone()
    assert row is not None, "the run did not finish"
    taken = {
        "payouts": row[0],
        "lines": row[1],
        "drafting_s": drafted - begun,
        "following_s": followed - drafted,
        "drafting_peak_mb": drafting_peak_mb,
        "peak_mb": _peak_mb(),
    }
    sys.stdout.write(json.dumps(taken) + "\n")


def _peak_mb() -> float:
    """The most that this process has had in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _follow(connection: Connection[TupleRow], everybody: list[Followed]) -> None:
    for followed in everybody:
        while step(connection, followed):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
