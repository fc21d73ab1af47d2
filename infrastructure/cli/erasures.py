"""`travellr erasures`: the register of people who were erased, and what a restored back-up needs."""

import typer

from infrastructure.cli.options import running

app = typer.Typer(help="The register of people who were erased.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Who was erased and when: ids only, as kept outside the database."""
    from infrastructure.forgetting import written_down
    from infrastructure.settings import load_settings

    for erasure in written_down(load_settings().home):
        typer.echo(f"{erasure.erased_at.isoformat()}  {erasure.account_id}")


@app.command()
def replay() -> None:
    """Destroy again what a restored back-up brought back; the followers do this by themselves when they start."""
    from infrastructure.erasures_console import replay as run_replay

    settings, _ = running()
    for line in run_replay(settings):
        typer.echo(line)


@app.command()
def scrub() -> None:
    """Take destroyed keys out of the database's own files, too; needs the right to VACUUM and CHECKPOINT."""
    from infrastructure.scrub import scrub as run_scrub

    _, url = running()
    run_scrub(url)
