"""`travellr audit`: check the log against its seal, export a part of it, and hand out its signed heads."""

from pathlib import Path
from typing import Annotated

import typer

from infrastructure.cli.options import AsJson, running

app = typer.Typer(
    help="The seal over the log: check it, and give it to those who must not trust us.", no_args_is_help=True
)

HeadsFile = Annotated[
    Path | None,
    typer.Option("--heads", help="Heads that were delivered earlier; without it those in TRAVELLR_AUDIT_HEADS."),
]


@app.command()
def verify(heads: HeadsFile = None, *, as_json: AsJson = False) -> None:
    """Read the whole log and compare it with its seal; the exit code is 1 unless it is what was sealed."""
    from infrastructure.audit.console import verify_now

    settings, _ = running()
    raise typer.Exit(verify_now(settings, heads, as_json=as_json))


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The file to write, a zip.")],
    first: Annotated[int, typer.Option("--from", min=1, help="The first position.")] = 1,
    last: Annotated[int | None, typer.Option("--to", min=1, help="The last one; else that of the newest head.")] = None,
) -> None:
    """Write a part of the log, its heads and a verifier into one file that needs nothing of ours."""
    from infrastructure.audit.console import export_now

    settings, _ = running()
    raise typer.Exit(export_now(settings, out, first, last))


@app.command("heads")
def heads_(
    after: Annotated[int, typer.Option(min=0, help="Only those with greater numbers.")] = 0,
) -> None:
    """Print the signed heads, one line of JSON each."""
    from infrastructure.audit.console import print_heads

    settings, _ = running()
    print_heads(settings, after)
