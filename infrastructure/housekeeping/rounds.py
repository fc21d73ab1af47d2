"""A round of housekeeping: every job in order, step by step. Killed anywhere, it goes on where it was.

One round at a time, by an advisory lock: one on demand and the nightly one would count each other's work as left over.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Final
from uuid import UUID

from domain.housekeeping import Tidied
from infrastructure.housekeeping.bookings import BOOKING_JOBS
from infrastructure.housekeeping.job import Database, House, Job
from infrastructure.housekeeping.log_files import LOG_JOBS
from infrastructure.housekeeping.tables import TABLE_JOBS

JOBS: Final = (*BOOKING_JOBS, *TABLE_JOBS, *LOG_JOBS)
_LOCK: Final = 824_150_008

# Called behind every step, when it has been committed.
Stepped = Callable[[Tidied], None]


@contextmanager
def alone(database: Database) -> Iterator[bool]:
    """Whether nobody else keeps house now; if so, nobody does while the block runs. A killed holder holds nothing."""
    row = database.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    assert row is not None
    try:
        yield row[0]
    finally:
        if row[0] and not database.closed:
            database.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def look_around(house: House, jobs: Sequence[Job] = JOBS) -> list[Tidied]:
    """What each job would find to do now; changes nothing."""
    return [Tidied(job.name, job.found(house), 0) for job in jobs]


def tidy_up(
    house: House, run_id: UUID, jobs: Sequence[Job] = JOBS, stepped: Stepped = lambda _: None
) -> tuple[Tidied, ...]:
    """Do every job of this round that is not done yet; what became of all of them, whoever did them."""
    return tuple(_tidied(house, run_id, job, stepped) for job in jobs)


def forget_progress(database: Database, run_id: UUID) -> None:
    """After the report: nobody asks any more how far this round, or one that was given up, had got."""
    database.execute(
        "DELETE FROM ops.housekeeping WHERE run_id = %s OR at < clock_timestamp() - interval '30 days'", (run_id,)
    )


def _tidied(house: House, run_id: UUID, job: Job, stepped: Stepped) -> Tidied:
    so_far, is_finished = _begun(house, run_id, job)
    if is_finished:
        return so_far
    steps = job.steps(house)
    stepped(so_far)
    while True:
        with house.database.transaction() if job.committed_whole else nullcontext():
            count = next(steps, None)
            so_far = Tidied(job.name, so_far.found, so_far.done + (count or 0))
            _note(house.database, run_id, so_far, finished=count is None)
        stepped(so_far)
        if count is None:
            return so_far


def _begun(house: House, run_id: UUID, job: Job) -> tuple[Tidied, bool]:
    """How far this round has got with the job, and whether it is finished."""
    question = "SELECT found, done, finished FROM ops.housekeeping WHERE run_id = %s AND job = %s"
    row = house.database.execute(question, (run_id, job.name)).fetchone()
    if row is None:
        found = job.found(house)
        house.database.execute(
            "INSERT INTO ops.housekeeping (run_id, job, found) VALUES (%s, %s, %s)", (run_id, job.name, found)
        )
        row = found, 0, False
    return Tidied(job.name, row[0], row[1]), row[2]


def _note(database: Database, run_id: UUID, so_far: Tidied, *, finished: bool) -> None:
    database.execute(
        "UPDATE ops.housekeeping SET done = %s, finished = %s, at = clock_timestamp() WHERE run_id = %s AND job = %s",
        (so_far.done, finished, run_id, so_far.job),
    )
