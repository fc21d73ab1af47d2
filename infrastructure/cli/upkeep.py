"""The commands that keep the system in order: its schema, its secrets, what is old, and what is wrong."""

from typing import Annotated

import typer

from infrastructure.cli.options import AsJson, running


def housekeep(
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this job; may be given again.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what there is to do; change nothing.")] = False,
    since_ever: Annotated[bool, typer.Option("--all", help="Have the archive look back to the beginning.")] = False,
    as_json: AsJson = False,
    sandbox: Annotated[bool, typer.Option("--sandbox-data", help="Remove all data of a sandbox that is down.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them without asking.")] = False,
) -> None:
    """Tidy up as every night at 02:00: what is overdue, the archive, sessions, old rows, log files."""
    from infrastructure.housekeeping.console import remove_sandbox_data, run

    if sandbox:
        remove_sandbox_data(asking=not yes)
    else:
        settings, _ = running()
        run(settings, only or [], dry_run=dry_run, since_ever=since_ever, as_json=as_json)


def migrate() -> None:
    """Bring the database to the state that this version needs."""
    from infrastructure.migrations import migrate as run_migrations

    _, url = running()
    for name in run_migrations(url):
        typer.echo(f"Applied {name}")


def rotate() -> None:
    """After a new master key or pepper: put everybody's key and address under it."""
    from infrastructure.rotation import rotate as run_rotation

    settings, _ = running()
    typer.echo(f"{run_rotation(settings)} people.")


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    stripe: Annotated[bool, typer.Option(help="Ask Stripe, too.")] = True,
) -> None:
    """Say what is used, and what is wrong with it; the exit code is 1 when something is."""
    from infrastructure.doctor import examine, render

    report = examine(ask_stripe=stripe)
    render(report, as_json=as_json)
    raise typer.Exit(0 if report.fine else 1)
