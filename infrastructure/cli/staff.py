"""`travellr staff`: people who work for the platform."""

import os
from typing import Annotated

import typer

from infrastructure.cli.options import attached_settings

app = typer.Typer(help="People who work for the platform.", no_args_is_help=True)


@app.command()
def add(email: str, role: Annotated[str, typer.Option(help="operator, finance, auditor or admin")]) -> None:
    """Make an account for somebody; the password is asked for, or read from TRAVELLR_STAFF_PASSWORD."""
    from infrastructure.staff import add as make_account

    password = os.environ.get("TRAVELLR_STAFF_PASSWORD") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )
    make_account(attached_settings(), email, role, password)
