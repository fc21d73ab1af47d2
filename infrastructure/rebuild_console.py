"""`travellr rebuild` on a terminal: a bar for each read model, what differs, and what was done, in one line each."""

import gc
from collections.abc import Sequence

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from infrastructure.rebuild import Differs, RebuildRefused, projection_named, rebuild, rollback
from infrastructure.replay import CannotReplay
from infrastructure.verify_console import show
from projections.catalogue import PROJECTIONS
from projections.change import Projection

_STAGES = {"index": "making indexes", "compare": "comparing row by row", "switch": "switching"}


def run(url: str, names: Sequence[str], *, every: bool, rollback: bool, accept: bool) -> int:
    """The exit code: 0 if all of them were switched, 1 if one was not, 2 for a request that makes no sense."""
    console = Console(soft_wrap=True, highlight=False)
    wanted = tuple(PROJECTIONS) if every else tuple(names)
    if not wanted or (every and names):
        console.print(f"Name a read model, or --all. There are: {', '.join(PROJECTIONS)}.")
        return 2
    try:
        projections = [projection_named(name) for name in wanted]
    except RebuildRefused as refused:
        console.print(str(refused), markup=False)
        return 2
    # Events and rows make no cycles, but looking for some takes half the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    done = [_one(console, url, projection, back=rollback, accept=accept) for projection in projections]
    return 0 if all(done) else 1


def _one(console: Console, url: str, projection: Projection, *, back: bool, accept: bool) -> bool:
    try:
        with _bar(console) as bar:
            task = bar.add_task(projection.name, total=None, stage="", rate="")

            def told(stage: str, position: int, upto: int) -> None:
                if stage == "fill":
                    speed = bar.tasks[0].speed
                    rate = f"{speed:,.0f} events/s" if speed else ""
                    bar.update(task, completed=position, total=upto, stage="", rate=rate)
                else:
                    bar.update(task, stage=_STAGES[stage], rate="")

            done = rollback(url, projection, told) if back else rebuild(url, projection, told, accept=accept)
    except Differs as differs:
        _show(console, projection, differs)
        return False
    except (RebuildRefused, CannotReplay, psycopg.Error) as error:
        console.print(f"{projection.name}: {error}".strip(), style="red", markup=False)
        return False
    show(console, done.differences)
    console.print(
        f"{projection.name} was switched at position {done.position:,};"
        f" the old tables are kept in retired_{projection.name}.",
        markup=False,
    )
    return True


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[stage]}"),
        console=console,
    )


def _show(console: Console, projection: Projection, differs: Differs) -> None:
    show(console, differs.rows)
    for table, live, new in differs.sums:
        console.print(f"{table}: live {live.rows} rows {dict(live.sums)}, rebuilt {new.rows} rows {dict(new.sums)}")
    console.print(f"{projection.name}: {differs} Say --accept-differences if the rebuilt ones are right.", markup=False)
