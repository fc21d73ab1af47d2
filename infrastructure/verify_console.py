"""`travellr verify` on a terminal or as JSON, and how a difference is shown."""

import gc
import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from infrastructure.differences import TableDifference
from infrastructure.verify import Verdict, verify


def run(url: str, *, as_json: bool) -> int:
    """The exit code: 0 if everything is as the log says, 1 if not."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    # What is being looked at goes to stderr, so that stdout has the verdict only.
    with Console(stderr=True).status("") as status:
        verdict = verify(url, lambda name: status.update(f"recomputing {name}"))
    if as_json:
        sys.stdout.write(json.dumps(as_dict(verdict), indent=2, default=str) + "\n")
    else:
        _render(Console(soft_wrap=True, highlight=False), verdict)
    return 0 if verdict.holds else 1


def as_dict(verdict: Verdict) -> dict[str, Any]:
    return {
        "holds": verdict.holds,
        "differences": [
            {
                "table": found.table,
                "rows_that_differ": found.total,
                "rows": [
                    {"key": row.key, "columns": {name: {"live": a, "log": b} for name, (a, b) in row.columns.items()}}
                    for row in found.rows
                ],
            }
            for found in verdict.differences
        ],
        "unreadable": verdict.unreadable,
        "invariants": [
            {"invariant": f.invariant, "holds": f.holds, "contradictions": f.contradictions, "unchecked": f.unchecked}
            for f in verdict.findings
        ],
    }


def show(console: Console, differences: Iterable[TableDifference]) -> None:
    for found in differences:
        console.print(f"{found.table}: {found.total} rows differ", style="red", markup=False)
        for row in found.rows:
            console.print(f"   {row}", markup=False)
        if found.total > len(found.rows):
            console.print(f"   and {found.total - len(found.rows)} more")


def _render(console: Console, verdict: Verdict) -> None:
    show(console, verdict.differences)
    for line in verdict.unreadable:
        console.print(f"cannot be recomputed: {line}", style="red", markup=False)
    for finding in verdict.findings:
        if finding.unchecked:
            console.print(f"[yellow]later [/yellow] {finding.invariant} ({finding.unchecked})")
        else:
            console.print(f"{'[green]holds [/green]' if finding.holds else '[red]BROKEN[/red]'} {finding.invariant}")
        for contradiction in finding.contradictions[:20]:
            console.print(f"          {contradiction}", markup=False)
    console.print("Everything is as the log says." if verdict.holds else "The log says otherwise.")
