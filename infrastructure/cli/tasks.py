"""`travellr tasks`: the task board."""

from typing import Annotated
from uuid import UUID

import typer

from infrastructure.cli.options import AsJson, running

app = typer.Typer(help="The task board: what is to be done outside.", no_args_is_help=True)


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="due, running, done or parked; all but done without it.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the board, newest first; the exit code is 1 when a task is parked."""
    from infrastructure.task_console import list_tasks

    settings, _ = running()
    raise typer.Exit(list_tasks(settings, state=state, as_json=as_json))


@app.command()
def retry(task_id: UUID) -> None:
    """Have a task done again now; what it sent before is looked up first."""
    from infrastructure.task_console import intervene

    settings, _ = running()
    intervene(settings, task_id, "retry")


@app.command()
def park(task_id: UUID) -> None:
    """Put a task aside until somebody retries it."""
    from infrastructure.task_console import intervene

    settings, _ = running()
    intervene(settings, task_id, "park")
