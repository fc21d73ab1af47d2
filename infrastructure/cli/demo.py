"""The commands that show the system at work."""

from typing import Annotated

import typer

from infrastructure.cli.options import attached_settings


def demo(
    *, own: Annotated[bool, typer.Option("--own", help="Start the system for it and stop it afterwards.")] = False
) -> None:
    """Live through a season of bookings and print what happened."""
    from infrastructure.demo.run import run

    raise typer.Exit(run(attached_settings(), own=own))


def seed() -> None:
    """Make the demo accounts and their history; `up` does this by itself unless TRAVELLR_DEMO=0."""
    from infrastructure.demo.accounts import keep_accounts
    from infrastructure.demo.seed import seed as run_seed

    settings = attached_settings()
    keep_accounts(settings.home, run_seed(settings))
