"""What `travellr audit` does on a terminal: progress with its rate, the verdict, the exit code."""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from infrastructure.audit.bundle import NotSealed, export
from infrastructure.audit.heads import EVERY, each_kept_head
from infrastructure.audit.heads_file import HeadsFile
from infrastructure.audit.keys import SealKeys
from infrastructure.audit.targets import heads_path
from infrastructure.audit.verify import Verdict, verify
from infrastructure.log_tail import known_topics
from infrastructure.settings import Settings


def verify_now(settings: Settings, heads: Path | None, *, as_json: bool) -> int:
    """0 if the log is what was sealed, 1 if not."""
    gc.freeze()
    path = heads or heads_path(settings)
    delivered = HeadsFile(path) if heads or path.exists() else ()
    with _database(settings) as database, _progress("checking") as told:
        verdict = verify(database, SealKeys.of(settings).believed, known_topics(), delivered=delivered, told=told)
        database.execute(
            "INSERT INTO seal.verification (position, seconds, holds) VALUES (%s, %s, %s)",
            (verdict.checked, verdict.seconds, verdict.holds),
        )
    if as_json:
        told_of = asdict(verdict) | {"holds": verdict.holds}
        sys.stdout.write(json.dumps(told_of, indent=2) + "\n")
    else:
        _render(Console(soft_wrap=True, highlight=False), verdict, path)
    return 0 if verdict.holds else 1


def export_now(settings: Settings, out: Path, first: int, last: int | None) -> int:
    console = Console(soft_wrap=True, highlight=False)
    try:
        with _database(settings) as database, _progress("exporting") as told:
            made = export(database, out, first, last, told)
    except NotSealed as error:
        sys.stderr.write(f"travellr: {error}\n")
        return 2
    console.print(f"{out}: events {made.first} to {made.last}, {made.heads} heads.", markup=False)
    console.print(f"Check it anywhere: unzip {out} verify.py && python verify.py {out}", markup=False)
    return 0


def print_heads(settings: Settings, after: int) -> None:
    with _database(settings) as database:
        for head in each_kept_head(database, after, EVERY):
            sys.stdout.write(f"{head.line}\n")


def _render(console: Console, verdict: Verdict, path: Path) -> None:
    rate = verdict.checked / verdict.seconds if verdict.seconds else 0
    console.print(f"{verdict.checked:,} events in {verdict.seconds:.1f} s, {rate:,.0f} a second.")
    unsigned = verdict.checked - verdict.signed if verdict.holds else 0
    heads = f"{verdict.heads} heads here, {verdict.delivered_heads} that were delivered ({path})"
    console.print(f"{verdict.sealed:,} sealed; {heads}; {unsigned:,} newer than the last head.", markup=False)
    if not verdict.delivered_heads:
        console.print("[yellow]Without delivered heads nobody sees a history that was rewritten as a whole.[/yellow]")
    for found in verdict.found:
        console.print(str(found), style="red", markup=False)
    console.print("The log is what was sealed." if verdict.holds else "The log is NOT what was sealed.")


def _database(settings: Settings) -> Connection[TupleRow]:
    assert settings.database_url is not None
    return psycopg.connect(settings.database_url, autocommit=True, application_name="travellr-audit")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """On stderr, so that stdout has the verdict only."""
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.0f} events/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=None, rate=0.0)
        begun = time.monotonic()

        def told(at: int, upto: int) -> None:
            progress.update(task, completed=at, total=upto, rate=at / max(time.monotonic() - begun, 1e-6))

        yield told
