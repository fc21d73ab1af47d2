"""The commands about what follows the log: how far it is, and whether it is what the log says."""

from typing import Annotated

import typer

from infrastructure.cli.options import AsJson, running


def followers(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False
) -> None:
    """Show how far each follower of the log is, who leads it, and why it stands still; 1 unless all are followed."""
    from infrastructure.follower_table import lines, render

    _, url = running()
    found = lines(url)
    render(found, as_json=as_json)
    raise typer.Exit(0 if all(line.state == "following" for line in found) else 1)


def rebuild(
    names: Annotated[list[str] | None, typer.Argument(help="Read models to rebuild.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Rebuild every read model.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Back to the tables that were replaced.")] = False,
    accept: Annotated[bool, typer.Option("--accept-differences", help="Switch although rows differ.")] = False,
) -> None:
    """Rebuild read models from the log beside the live ones, compare, and switch; killed, it goes on next time."""
    from infrastructure.rebuild_console import run

    _, url = running()
    raise typer.Exit(run(url, names or [], every=every, rollback=rollback, accept=accept))


def replay(
    names: Annotated[list[str] | None, typer.Argument(help="Read models to replay.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Replay every read model.")] = False,
    until: Annotated[str | None, typer.Option(help="A position, or an instant; else where they are, compared.")] = None,
    rate: Annotated[int | None, typer.Option(min=100, help="At most so many events of the log a second.")] = None,
    as_json: AsJson = False,
) -> None:
    """Replay read models from the log beside the live ones and certify them; the exit code is 1 when a row differs."""
    from infrastructure.replay_console import run

    settings, url = running()
    pace = rate or settings.replay_events_per_s
    raise typer.Exit(run(url, names or [], every=every, until=until, rate=pace, as_json=as_json))


def verify(*, as_json: AsJson = False) -> None:
    """Recompute everything from the log and name each row that differs; the exit code is 1 when one does."""
    from infrastructure.verify_console import run

    _, url = running()
    raise typer.Exit(run(url, as_json=as_json))
