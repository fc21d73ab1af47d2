"""What `travellr housekeep` does and shows: bars while it works, then a table, or JSON."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from commands.append import Meta
from commands.housekeep import FinishHousekeeping, StartHousekeeping
from domain.actor import SYSTEM
from domain.housekeeping import Tidied
from infrastructure.blocking import LoopThread
from infrastructure.business_clock import read_clock
from infrastructure.container import container
from infrastructure.database import connect
from infrastructure.housekeeping import sandbox_data
from infrastructure.housekeeping.job import House, Job
from infrastructure.housekeeping.rounds import JOBS, alone, forget_progress, look_around, tidy_up
from infrastructure.settings import Settings, load_settings
from infrastructure.settings_error import SettingsError

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def run(settings: Settings, only: Sequence[str], *, dry_run: bool, since_ever: bool, as_json: bool) -> None:
    """Raises SettingsError for a job that there is not, and while somebody else keeps house."""
    jobs = _chosen(only)
    with _house(settings, _EVER if since_ever else None) as house:
        report = look_around(house, jobs) if dry_run else _round(house, jobs, quiet=as_json)
    _show(report, dry_run=dry_run, as_json=as_json)


def remove_sandbox_data(*, asking: bool) -> None:
    """Raises SettingsError and AlreadyUpError before anything is removed."""
    settings = load_settings()
    sandbox_data.check(settings)
    if asking:
        typer.confirm(f"Remove every booking of the sandbox in {settings.home}, for good?", abort=True)
    for name in sandbox_data.remove(settings):
        typer.echo(f"Removed {name}")


def _chosen(names: Sequence[str]) -> list[Job]:
    """In their own order. Raises SettingsError."""
    if unknown := sorted(set(names) - {job.name for job in JOBS}):
        raise SettingsError(f"There is no job {', '.join(unknown)}; there are {', '.join(job.name for job in JOBS)}.")
    return [job for job in JOBS if not names or job.name in names]


@contextmanager
def _house(settings: Settings, since: datetime | None) -> Iterator[House]:
    assert settings.database_url is not None
    with closing(LoopThread()) as loop, connect(settings.database_url, name="housekeeping") as database:
        built = container(settings, name="housekeeping", connections=1)
        shared = loop.run(built.__aenter__())
        try:
            yield House(
                settings,
                database,
                lambda c: loop.run(shared.dispatch(c, meta=Meta(SYSTEM, type(c).__name__, "cli:housekeep"))),
                read_clock(database).now,
                since,
            )
        finally:
            loop.run(built.__aexit__(None, None, None))


def _round(house: House, jobs: Sequence[Job], *, quiet: bool) -> list[Tidied]:
    run_id = uuid4()
    with alone(house.database) as is_alone:
        if not is_alone:
            raise SettingsError("Somebody else keeps house just now; GET /admin/housekeeping says how far it is.")
        house.dispatch(StartHousekeeping(run_id, scheduled=False))
        report = _watched(house, run_id, jobs, quiet=quiet)
        house.dispatch(FinishHousekeeping(run_id, report))
        forget_progress(house.database, run_id)
    return list(report)


def _watched(house: House, run_id: UUID, jobs: Sequence[Job], *, quiet: bool) -> tuple[Tidied, ...]:
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description:52}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        bars = {job.name: progress.add_task(job.does, total=None, start=False) for job in jobs}

        def stepped(so_far: Tidied) -> None:
            progress.start_task(bars[so_far.job])
            progress.update(bars[so_far.job], completed=so_far.done, total=max(so_far.found, so_far.done))

        return tidy_up(house, run_id, jobs, stepped)


def _show(report: Sequence[Tidied], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        said = [{**asdict(tidied), "left": tidied.left} for tidied in report]
        sys.stdout.write(json.dumps({"dry_run": dry_run, "jobs": said}, indent=2) + "\n")
        return
    table = Table("job", "what", box=None, pad_edge=False)
    for column in ("to do",) if dry_run else ("to do", "done", "left"):
        table.add_column(column, justify="right")
    does = {job.name: job.does for job in JOBS}
    for tidied in report:
        counts = (tidied.found,) if dry_run else (tidied.found, tidied.done, tidied.left)
        table.add_row(tidied.job, does[tidied.job], *map(str, counts))
    Console(highlight=False, soft_wrap=True).print(table)
