"""`travellr money` and `travellr reconcile`: money on its way, and whether Stripe has the same."""

import typer

from infrastructure.cli.options import AsJson, running

app = typer.Typer(help="Money on its way.", no_args_is_help=True)


@app.command()
def stuck(*, as_json: AsJson = False) -> None:
    """Show money that is stuck: what happens next, and one safe thing to do; the exit code is 1 when some is."""
    from infrastructure.task_console import list_stuck_money

    settings, _ = running()
    raise typer.Exit(list_stuck_money(settings, as_json=as_json))


def reconcile(*, as_json: AsJson = False) -> None:
    """Compare the books with Stripe now and show what does not agree; the exit code is 1 when something does not."""
    from infrastructure.reconcile_console import run

    settings, _ = running()
    raise typer.Exit(run(settings, as_json=as_json))
