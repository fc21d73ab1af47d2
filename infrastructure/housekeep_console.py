"""The command `travellr housekeep`; what it does is in housekeeping/console.py, so that --help is quick."""

from typing import Annotated

import typer


def housekeep(
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this job; may be given again.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what there is to do; change nothing.")] = False,  # noqa: FBT002 - an option
    since_ever: Annotated[bool, typer.Option("--all", help="Have the archive look back to the beginning.")] = False,  # noqa: FBT002 - an option
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
    sandbox: Annotated[bool, typer.Option("--sandbox-data", help="Remove all data of a sandbox that is down.")] = False,  # noqa: FBT002 - an option
    yes: Annotated[bool, typer.Option("--yes", help="Remove them without asking.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Tidy up as every night at 02:00: what is overdue, the archive, sessions, old rows, log files."""
    from infrastructure.housekeeping.console import remove_sandbox_data, run

    if sandbox:
        remove_sandbox_data(asking=not yes)
    else:
        run(only or [], dry_run=dry_run, since_ever=since_ever, as_json=as_json)
