"""The commands that run the system: all of it, or one process of it."""

import os
import sys
from contextlib import suppress

import typer


def up() -> None:
    """Run the whole system here, with embedded servers for whatever is not configured."""
    from rich.console import Console

    from infrastructure.settings import load_settings
    from infrastructure.up import up as run_up

    console = Console(soft_wrap=True, highlight=False)

    def say(line: str) -> None:
        # The terminal may be gone, which must not keep us from stopping in order.
        with suppress(OSError):
            console.print(line, markup=False)

    raise typer.Exit(run_up(load_settings(), say))


def api() -> None:
    """Run the HTTP server alone."""
    _become("api")


def follow() -> None:
    """Run what follows the log: projections, reactions, the sweeper and the schedule."""
    _become("workers", "followers")


def worker() -> None:
    """Run one worker process."""
    _become("workers", "worker")


def _become(module: str, *arguments: str) -> None:
    """Another program takes over this process: same pid, same lifeline; we may not import what lies above us."""
    from infrastructure.settings import load_settings

    environment = load_settings().environment()
    os.environ.update(environment)
    # -P: a folder called `api` where somebody stands must not be taken for ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *arguments])  # noqa: S606 - our own module, no shell
